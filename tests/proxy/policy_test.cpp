// Tests of requests that the policy blocks or audits, of every protocol, before and after a change.
#include "policy/policy.hpp"

#include "gateway_fixture.hpp"
#include "ledger/ledger.hpp"

#include <mutex>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

using namespace std::string_literals;

struct Report {
  std::string action, rule, error, reason;
  bool has_route;
  int status;
};

policy::PolicyTexts block(std::vector<std::string> patterns) {
  policy::PolicyTexts out;
  out.block = std::move(patterns);
  return out;
}
policy::PolicyTexts only(std::vector<std::string> patterns, bool audits_only = false) {
  policy::PolicyTexts out;
  out.only = std::move(patterns);
  out.audits_only = audits_only;
  return out;
}

struct Fixture {
  std::mutex mutex;
  std::vector<Report> reports;
  SandboxFixture sandbox;
  FakeServer gateway;
  FakeServer site;
  ledger::Ledger ledger;
  Proxy proxy;

  explicit Fixture(policy::PolicyTexts policy, std::vector<std::string> rules = {})
      : proxy({.limits = limits(),
               .rules = std::move(rules),
               .policy = std::move(policy),
               .gateway_port = gateway.port(),
               .dns_server = sandbox.dns(),
               .on_request = [this](const telemetry::RequestRecord& one) { add(one); },
               .ledger = &ledger}) {}

  static proxy::Limits limits() {
    proxy::Limits out;
    out.drain = std::chrono::seconds(0);
    return out;
  }

  void add(const telemetry::RequestRecord& one) {
    const std::lock_guard lock(mutex);
    reports.push_back({std::string(action_name(one)), std::string(one.rule), std::string(one.error),
                       std::string(one.reason), one.route.has_value(), one.status});
  }
  Report waits_for_report() {
    wait_until([this] {
      const std::lock_guard lock(mutex);
      return !reports.empty();
    });
    const std::lock_guard lock(mutex);
    Report first = reports.front();
    reports.clear();
    return first;
  }

  std::string at_site(const std::string& host) const { return host + ":" + std::to_string(site.port()); }

  Message answer_to(const std::string& request) {
    Peer client = proxy.client();
    client.sends(request);
    return client.reads_message();
  }

  void expect_blocked(const std::string& authority, const std::string& rule) {
    const std::string bodies[] = {
        "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n",
        "GET http://" + authority + "/ HTTP/1.1\r\nHost: " + authority + "\r\n\r\n"};
    for (const std::string& request : bodies) {
      INFO(request);
      const Message answer = answer_to(request);
      CHECK(answer.status == 403);
      CHECK(answer.head.find("error=http_request_denied;") != std::string::npos);
      CHECK(answer.body.find("route: none (" + rule + ")") != std::string::npos);
      const Report report = waits_for_report();
      CHECK(report.action == "block");
      CHECK(report.rule == rule);
      CHECK(report.error == "http_request_denied");
      CHECK(report.status == 403);
      CHECK_FALSE(report.has_route);
    }
    const auto foreseen = proxy.foresees(authority);
    REQUIRE(foreseen);
    CHECK(foreseen->kind == proxy::ProxyErrorKind::blocked);
    CHECK(proxy::is_rejection(foreseen->kind));
  }
};

TEST_CASE("A blocked request gets 403 before anything is dialed, whatever the rules say") {
  Fixture fixture(block({"*.blocked.test", "10.0.0.0/8", "@trackers", "*:25"}), {"*"});
  fixture.expect_blocked("a.blocked.test:443", "block *.blocked.test");
  fixture.expect_blocked("10.1.2.3:80", "block 10.0.0.0/8");
  fixture.expect_blocked("0x0a.1.2.3:80", "block 10.0.0.0/8");
  fixture.expect_blocked("[::ffff:10.1.2.3]:80", "block 10.0.0.0/8");
  fixture.expect_blocked("www.clarity.ms:443", "block @trackers");
  fixture.expect_blocked("mail.test:25", "block *:25");
  CHECK(fixture.proxy.counters().of(rules::Route::direct).failures == 0);
  CHECK(fixture.proxy.counters().of(rules::Route::gateway).failures == 0);
}

TEST_CASE("A blocked SOCKS5 client gets the reply for a connection that the rule set forbids") {
  Fixture fixture(block({"blocked.test"}));
  Peer client = fixture.proxy.client();
  client.sends("\x05\x01\x00\x05\x01\x00\x03\x0c"s + "blocked.test" + "\x01\xbb"s);
  client.receives("\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"s);
  client.sees_end();
  CHECK(fixture.waits_for_report().action == "block");
}

TEST_CASE("Outside the allow-list everything is blocked, this machine included") {
  Fixture fixture(only({"site.test"}));
  fixture.expect_blocked("other.test:443", "no only pattern matches");
  fixture.expect_blocked(fixture.at_site("127.0.0.1"), "no only pattern matches");
  Peer client = fixture.proxy.tunnel(fixture.at_site("site.test"));
  Peer server = fixture.site.accepts();
  client.sends("up");
  server.receives("up");
}

TEST_CASE("An audit lets requests through and marks them") {
  Fixture fixture(only({"listed.test"}, true));
  for (const char* const host : {"listed.test", "other.test"}) {
    Peer client = fixture.proxy.tunnel(fixture.at_site(host));
    Peer server = fixture.site.accepts();
    client.ends_sending();
    server.ends_sending();
    const Report report = fixture.waits_for_report();
    CHECK(report.action == (host == "other.test"s ? "audit" : "forward"));
    CHECK(report.rule == "no rule matches");
    CHECK(report.has_route);
  }
}

TEST_CASE("A name that leads to a blocked network is blocked on the direct route") {
  Fixture fixture(block({"10.0.0.0/8"}));
  fixture.sandbox.set_dns("inside.test", {.addresses = {"192.0.2.1", "10.1.2.3"}});
  const Message answer =
      fixture.answer_to("CONNECT inside.test:443 HTTP/1.1\r\nHost: inside.test:443\r\n\r\n");
  CHECK(answer.status == 403);
  CHECK(answer.head.find("error=http_request_denied;") != std::string::npos);
  CHECK(answer.body.find("inside.test:443 leads to 10.1.2.3, which the policy of this proxy blocks (block "
                         "10.0.0.0/8)") != std::string::npos);
  const Report report = fixture.waits_for_report();
  CHECK(report.action == "block");
  CHECK_FALSE(report.has_route);
}

TEST_CASE("Open tunnels that a new policy blocks end, and the others go on") {
  Fixture fixture(policy::PolicyTexts{});
  SECTION("by their host") {
    Peer client = fixture.proxy.tunnel(fixture.at_site("a.test"));
    Peer other = fixture.proxy.tunnel(fixture.at_site("b.test"));
    Peer server = fixture.site.accepts();
    Peer other_server = fixture.site.accepts();
    fixture.proxy.set_policy(block({"a.test"}));
    fixture.proxy.publish({});
    client.sees_reset();
    server.sees_reset();
    other.sends("up");
    other_server.receives("up");
  }
  SECTION("by the address that the host leads to") {
    Peer client = fixture.proxy.tunnel(fixture.at_site("a.test"));
    Peer server = fixture.site.accepts();
    fixture.proxy.set_policy(block({"127.0.0.0/8"}));
    fixture.proxy.publish({});
    client.sees_reset();
    server.sees_reset();
  }
  SECTION("by an allow-list without their host") {
    Peer client = fixture.proxy.tunnel(fixture.at_site("a.test"));
    Peer server = fixture.site.accepts();
    fixture.proxy.set_policy(only({"b.test"}));
    fixture.proxy.publish({});
    client.sees_reset();
    server.sees_reset();
  }
}

TEST_CASE("The ledger has blocked requests by the policy that decided, without a byte") {
  Fixture fixture(block({"blocked.test"}), {"*"});
  fixture.expect_blocked("blocked.test:443", "block blocked.test");
  fixture.proxy.on_loop([&fixture] {
    const auto entries = fixture.ledger.entries();
    REQUIRE(entries.size() == 1);
    CHECK(entries.front()->rule() == "block blocked.test");
    CHECK(entries.front()->sums().failures == 2);
    CHECK(entries.front()->sums().bytes_up + entries.front()->sums().bytes_down == 0);
  });
}

}  // namespace
}  // namespace aluvia::test
