// Credentials that the gateway refuses: the configuration is fetched, and the request is sent again with
// others.
#include "gateway_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

using Fixture = GatewayFixture;

std::string post(const std::string& fields) {
  return "POST http://www.site.test/ HTTP/1.1\r\nHost: www.site.test\r\n" + fields + "\r\n";
}

TEST_CASE("Rejected credentials: the configuration is asked for once for all, and what came is tried once") {
  Fixture fixture;
  Peer other = fixture.proxy.client();
  fixture.client.sends(connect);
  other.sends(connect);
  for (int i = 0; i < 2; ++i) fixture.asked().sends("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
  fixture.account_answers("other");
  Peer one = fixture.gateway.accepts();
  Peer two = fixture.gateway.accepts();
  for (Peer* const peer : {&one, &two}) {
    CHECK(peer->reads_head().find("Basic b3RoZXI6c2VjcmV0\r\n") != std::string::npos);
  }
  SECTION("with success") {
    one.sends("HTTP/1.1 200 OK\r\n\r\n");
    two.sends("HTTP/1.1 200 OK\r\n\r\n");
    fixture.client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
    other.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  }
  SECTION("in vain: they may have changed again, but the account says no") {
    one.sends(refusal);
    two.sends(refusal);
    fixture.account_answers("other");
    CHECK(fixture.client.reads_message().head.find("proxy_configuration_error") != std::string::npos);
    CHECK(other.reads_message().body.find("look at the account") != std::string::npos);
    Peer later = fixture.proxy.client();  // the account has just said so
    later.sends(connect);
    fixture.asked().sends(refusal);
    CHECK(later.reads_message().status == 502);
  }
  CHECK(fixture.account.times() == fixture.answered);
  CHECK(fixture.gateway.has_no_connection());
}

TEST_CASE(
    "Credentials that change again within seconds are fetched again, for tunnels and for plain requests") {
  Fixture fixture;
  for (const auto& [user, credential] :
       {std::pair<std::string, std::string>{"other", other_credential}, {"third", third_credential}}) {
    fixture.client.sends(get);
    fixture.asked().sends(refusal);
    fixture.account_answers(user);
    Peer second = fixture.gateway.accepts();
    CHECK(second.reads_head().find(credential) != std::string::npos);
    second.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    CHECK(fixture.client.reads_message().body == "ok");
  }
  fixture.client.sends(connect);
  fixture.asked().sends(refusal);
  fixture.account_answers("other");
  Peer last = fixture.gateway.accepts();
  CHECK(last.reads_head().find(other_credential) != std::string::npos);
  fixture.opens(last);
}

TEST_CASE("Credentials that have come while others were rejected are tried without asking") {
  Fixture fixture;
  fixture.client.sends(get);
  Peer first = fixture.asked();
  fixture.proxy.publish({"*.site.test"}, "other");
  first.sends(refusal);
  Peer second = fixture.gateway.accepts();
  CHECK(second.reads_head().find(other_credential) != std::string::npos);
  second.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  CHECK(fixture.client.reads_message().body == "ok");
  CHECK(fixture.account.times() == 0);
}

TEST_CASE("An account that never answers is not waited for longer than allowed") {
  Fixture fixture([] {
    proxy::Limits limits = short_pauses();
    limits.refresh = std::chrono::milliseconds(50);
    return limits;
  }());
  fixture.client.sends(connect);
  fixture.asked().sends("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
  CHECK(fixture.client.reads_message().status == 502);
}

TEST_CASE("A new configuration that sends the host direct is followed") {
  SandboxFixture sandbox;
  FakeServer site;
  FakeServer gateway;
  Account account;
  Proxy proxy({.limits = short_pauses(),
               .rules = {"*.site.test"},
               .gateway_port = gateway.port(),
               .dns_server = sandbox.dns(),
               .request_refresh = account.request()});
  Peer client = proxy.client();
  client.sends("CONNECT a.site.test:" + std::to_string(site.port()) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer asked = gateway.accepts();
  asked.reads_head();
  asked.sends("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
  wait_until([&] { return account.times() == 1; });
  proxy.publish({});
  proxy.on_loop(account.asked.front());
  Peer server = site.accepts();
  client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
}

TEST_CASE("A plain request whose credentials were rejected is sent again with those that came") {
  Fixture fixture;
  fixture.client.sends(get);
  fixture.asked().sends("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
  fixture.account_answers("other");
  Peer second = fixture.gateway.accepts();
  const std::string head = second.reads_head();
  CHECK(head.starts_with("GET http://www.site.test/ HTTP/1.1\r\n"));
  CHECK(head.find("Proxy-Authorization: Basic b3RoZXI6c2VjcmV0\r\n") != std::string::npos);
  CHECK(head.find(gateway_credential) == std::string::npos);
  second.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  CHECK(fixture.client.reads_message().body == "ok");
}

TEST_CASE("A request with a body whose credentials were rejected is sent again, body and all") {
  const bool closes = GENERATE(false, true);  // Catch reads past its end where it stands behind the sections
  Fixture fixture;
  std::string before;  // the refusal
  std::string after;   // it, from the client
  std::string passed;  // of what came before; empty: all
  std::string middle;  // completes it, before the refusal, too
  std::string fields;
  SECTION("that came with the head") {
    fields = "Content-Length: 4\r\n";
    before = "body";
  }
  SECTION("of 64 KiB") {
    fields = "Content-Length: 65536\r\n";
    before = numbered(65536);
  }
  SECTION("of which half has come") {
    fields = "Content-Length: 100000\r\n";
    before = numbered(100'000).substr(0, 50'000);
    after = numbered(100'000).substr(50'000);
  }
  SECTION("of which nothing has come") {
    fields = "Content-Length: 100000\r\n";
    after = numbered(100'000);
  }
  SECTION("in chunks, whose lines came in pieces") {
    fields = "Transfer-Encoding: chunked\r\n";
    before = "3\r\nabc\r\n1;name=va";
    passed = "3\r\nabc\r\n";  // a line goes on once it is whole
    middle = "lue\r\nd\r\n";
    after = "0\r\n\r\n";
  }
  SECTION("in chunks with trailers") {
    fields = "Transfer-Encoding: chunked\r\n";
    before = "3\r\nabc\r\n2\r\nd";
    after = "e\r\n0\r\nX-Sum: 1\r\n\r\n";
  }
  fixture.client.sends(post(fields) + before);
  Peer first = fixture.asked();
  if (passed.empty()) passed = before;
  CHECK((first.reads(passed.size()) == passed));
  fixture.client.sends(middle);
  before += middle;
  CHECK((first.reads(before.size() - passed.size()) == before.substr(passed.size())));
  first.sends(refusal);
  if (closes) first.closes();
  fixture.account_answers("other");
  fixture.client.sends(after);
  Peer second = fixture.gateway.accepts();
  const std::string head = second.reads_head();
  CHECK(head.starts_with("POST http://www.site.test/ HTTP/1.1\r\n"));
  CHECK(head.find(other_credential) != std::string::npos);
  CHECK((second.reads(before.size() + after.size()) == before + after));
  second.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  CHECK(fixture.client.reads_message().body == "ok");
  fixture.client.sends(get);  // which is read behind the body, on both connections
  CHECK(second.reads_head().starts_with("GET "));
}

TEST_CASE("A request behind a body that is sent again is answered after it") {
  Fixture fixture;
  fixture.client.sends(post("Transfer-Encoding: chunked\r\n"));
  Peer first = fixture.asked();
  fixture.client.sends("3\r\nabc\r\n0\r\n\r\n" + get);
  first.receives("3\r\nabc\r\n0\r\n\r\n");
  first.sends(refusal);
  fixture.account_answers("other");
  Peer second = fixture.asked();
  second.receives("3\r\nabc\r\n0\r\n\r\n");
  second.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  CHECK(fixture.client.reads_message().body == "ok");
  CHECK(second.reads_head().starts_with("GET "));
}

TEST_CASE("A body that waits for 100 (Continue) is asked for by the gateway that takes the credentials") {
  Fixture fixture;
  fixture.client.sends(post("Content-Length: 4\r\nExpect: 100-continue\r\n"));
  fixture.asked().sends(refusal);
  fixture.account_answers("other");
  Peer second = fixture.asked();
  second.sends("HTTP/1.1 100 Continue\r\n\r\n");
  fixture.client.receives("HTTP/1.1 100 Continue\r\n\r\n");
  fixture.client.sends("body");
  second.receives("body");
  second.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  CHECK(fixture.client.reads_message().body == "ok");
}

TEST_CASE("A body that is not held any more is not sent again: the answer says that a retry will work") {
  Fixture fixture;
  const std::string body = numbered(64 * 1024 + 1);
  fixture.client.sends(post("Content-Length: " + std::to_string(body.size()) + "\r\n") + body);
  Peer first = fixture.asked();
  CHECK((first.reads(body.size()) == body));
  first.sends(refusal);
  SECTION("where the account has other credentials") {
    fixture.account_answers("other");
    const Message answer = fixture.client.reads_message();
    CHECK(answer.status == 502);
    CHECK(answer.head.find("error=proxy_configuration_error") != std::string::npos);
    CHECK(answer.body.find("The credentials are fresh now: send the request again") != std::string::npos);
  }
  SECTION("but not where it has none") {
    fixture.account_answers("user");
    CHECK(fixture.client.reads_message().body.find("look at the account") != std::string::npos);
  }
  fixture.client.sees_end();
  CHECK(fixture.gateway.has_no_connection());
}

}  // namespace
}  // namespace aluvia::test
