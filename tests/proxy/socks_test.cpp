// SOCKS5 clients on the proxy's port: every way that a handshake may arrive, and every way that it may fail.
#include "gateway_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

using namespace std::string_literals;

const std::string greeting = "\x05\x01\x00"s;
const std::string no_authentication = "\x05\x00"s;
const std::string succeeded = "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s;

std::string failed(char reply) {
  return "\x05"s + reply + "\x00\x01\x00\x00\x00\x00\x00\x00"s;
}

std::string port_bytes(std::uint16_t port) {
  return {static_cast<char>(port >> 8U), static_cast<char>(port & 0xFFU)};
}

std::string request_to_name(const std::string& name, std::uint16_t port) {
  return "\x05\x01\x00\x03"s + static_cast<char>(name.size()) + name + port_bytes(port);
}

std::string request_to_loopback(std::uint16_t port) {
  return "\x05\x01\x00\x01\x7F\x00\x00\x01"s + port_bytes(port);
}

std::string credentials(const std::string& user, const std::string& password) {
  return "\x01"s + static_cast<char>(user.size()) + user + static_cast<char>(password.size()) + password;
}

ProxySettings guarded() {
  ProxySettings settings;
  settings.admission.proxy_auth = Secret("agent:open:sesame");
  return settings;
}

// The reply to a request, on a connection that ends after it.
void check_reply(Proxy& proxy, const std::string& request, char reply) {
  CAPTURE(request, static_cast<int>(reply));
  Peer client = proxy.client();
  client.sends(greeting + request);
  client.receives(no_authentication + failed(reply));
  client.sees_end();
}

// A client whose socket the proxy has.
Peer accepted_client(Proxy& proxy) {
  const std::uint64_t before = proxy.counters().connections;
  Peer client = proxy.client();
  wait_until([&] { return proxy.counters().connections > before; });
  return client;
}

// The proxy reads these bytes before it can see any that follow.
void sends_alone(Peer& client, std::string_view bytes) {
  client.sends(bytes);
  wait_until([&] { return client.has_been_read(); });
}

void check_carries(Peer& client, Peer& server) {
  client.sends("hello");
  server.receives("hello");
  server.sends("welcome");
  client.receives("welcome");
}

TEST_CASE("A SOCKS5 client has a tunnel to an IPv4 address and to a name") {
  SandboxFixture names;
  Proxy proxy({.dns_server = names.dns()});
  FakeServer site;
  for (const std::string& request :
       {request_to_loopback(site.port()), request_to_name("127.0.0.1", site.port()),
        request_to_name("www.site.test", site.port())}) {
    CAPTURE(request);
    Peer client = proxy.client();
    client.sends(greeting);
    client.receives(no_authentication);
    client.sends(request);
    Peer server = site.accepts();
    client.receives(succeeded);
    check_carries(client, server);
  }
}

TEST_CASE("A SOCKS5 handshake may come byte by byte, and all at once with bytes of the tunnel") {
  Proxy proxy;
  FakeServer site;
  const std::string all = greeting + request_to_loopback(site.port()) + "early bytes";
  SECTION("at once") {
    Peer client = proxy.client();
    client.sends(all);
    Peer server = site.accepts();
    server.receives("early bytes");
    client.receives(no_authentication + succeeded);
    check_carries(client, server);
  }
  SECTION("byte by byte") {
    Peer client = accepted_client(proxy);
    for (const char c : all) sends_alone(client, {&c, 1});
    Peer server = site.accepts();
    server.receives("early bytes");
    client.receives(no_authentication + succeeded);
    check_carries(client, server);
  }
  SECTION("in two pieces, cut anywhere") {
    for (std::size_t cut = 1; cut < all.size(); ++cut) {
      CAPTURE(cut);
      Peer client = accepted_client(proxy);
      sends_alone(client, all.substr(0, cut));
      client.sends(all.substr(cut));
      Peer server = site.accepts();
      server.receives("early bytes");
      client.receives(no_authentication + succeeded);
    }
  }
}

TEST_CASE("SOCKS5 by the gateway opens its tunnel with CONNECT, and failures are tried again") {
  GatewayFixture fixture;
  fixture.client.sends(greeting + request_to_name("WWW.site.test", 443) + "early");
  Peer first = fixture.asked();
  first.sends("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  Peer gateway = fixture.gateway.accepts();
  const std::string head = gateway.reads_head();
  CHECK(head.starts_with("CONNECT www.site.test:443 HTTP/1.1\r\n"));
  CHECK(head.find(gateway_credential) != std::string::npos);
  gateway.sends("HTTP/1.1 200 OK\r\n\r\nfirst bytes");
  gateway.receives("early");
  fixture.client.receives(no_authentication + succeeded + "first bytes");
}

TEST_CASE("SOCKS5 and HTTP have the same log lines and counters") {
  Proxy proxy({.rules = {"*.site.test"}});
  FakeServer site;
  Peer client = proxy.client();
  client.sends(greeting + request_to_loopback(site.port()));
  Peer server = site.accepts();
  client.receives(no_authentication + succeeded);
  proxy.waits_for_log("CONNECT " + site.authority() + ": direct (loopback is always direct)");
  client.sends("four");
  server.receives("four");
  server.closes();
  client.sees_end();
  client.closes();
  wait_until([&] { return proxy.is_empty(); });
  CHECK(proxy.counters().connections == 1);
  CHECK(proxy.counters().of(rules::Route::direct).bytes_up == 4);
  CHECK(proxy.counters().refused == 0);

  check_reply(proxy, request_to_name("x.site.test", 80), '\x05');  // of the gateway
  CHECK(proxy.counters().of(rules::Route::gateway).failures == 1);
}

TEST_CASE("Failures of a SOCKS5 request have the replies of RFC 1928") {
  Proxy proxy;
  std::uint16_t closed = 0;
  {
    FakeServer server;
    closed = server.port();
  }
  check_reply(proxy, request_to_loopback(closed), '\x05');
  check_reply(proxy, request_to_loopback(proxy.port()), '\x02');
  check_reply(proxy, request_to_name("169.254.169.254", 80), '\x02');
  check_reply(proxy, request_to_name("no such name", 80), '\x01');
  check_reply(proxy, request_to_name("127.0.0.1", 0), '\x01');
  check_reply(proxy, "\x05\x02\x00\x01\x7F\x00\x00\x01\x00\x50"s, '\x07');
  check_reply(proxy, "\x05\x03\x00\x01\x00\x00\x00\x00\x00\x00"s, '\x07');
  check_reply(proxy, "\x05\x01\x00\x05"s, '\x08');
  check_reply(proxy, "GET / HTTP/1.1\r\n\r\n", '\x01');
  proxy.waits_for_log("request: SOCKS UDP ASSOCIATE is not supported (http_request_error)");
  CHECK(proxy.counters().refused == 6);
}

TEST_CASE("A name that does not exist is an unreachable host") {
  SandboxFixture sandbox;
  sandbox.set_dns("gone.test", {.addresses = {}});
  Proxy proxy({.dns_server = sandbox.dns()});
  check_reply(proxy, request_to_name("gone.test", 80), '\x04');
}

TEST_CASE("A destination that does not answer in time is a TTL that expired") {
  proxy::Limits limits;
  limits.dial = std::chrono::milliseconds(100);
  limits.gateway_answer = std::chrono::milliseconds(100);
  Proxy proxy({.limits = limits});
  FullServer full;
  check_reply(proxy, request_to_loopback(full.port()), '\x06');
}

TEST_CASE("A SOCKS4 client is rejected in its own protocol") {
  Proxy proxy;
  for (const std::string& request : {"\x04\x01\x00\x50\x7F\x00\x00\x01user\x00"s, "\x04"s,
                                     "\x04\x01\x00\x50\x00\x00\x00\x01\x00www.site.test\x00"s}) {
    Peer client = proxy.client();
    client.sends(request);
    client.receives("\x00\x5B\x00\x00\x00\x00\x00\x00"s);
    client.sees_end();
  }
  proxy.waits_for_log("request: SOCKS4 is not supported, but SOCKS5 is (http_request_error)");
  CHECK(proxy.counters().refused == 3);
}

TEST_CASE("A greeting that is wrong or offers no known method is told that none is acceptable") {
  Proxy proxy;
  for (const std::string& bytes : {"\x05\x00"s, "\x05\x01\x01"s, "\x05\x02\x01\x80"s}) {
    Peer client = proxy.client();
    client.sends(bytes);
    client.receives("\x05\xFF"s);
    client.sees_end();
  }
  CHECK(proxy.counters().refused == 3);
  CHECK(proxy.counters().unauthorized == 0);
}

TEST_CASE("A SOCKS5 client with the right user and password is served where they are asked for") {
  Proxy proxy(guarded());
  FakeServer site;
  const std::string all =
      "\x05\x02\x00\x02"s + credentials("agent", "open:sesame") + request_to_loopback(site.port()) + "early";
  SECTION("at once") {
    Peer client = proxy.client();
    client.sends(all);
    Peer server = site.accepts();
    server.receives("early");
    client.receives("\x05\x02\x01\x00"s + succeeded);
  }
  SECTION("byte by byte") {
    Peer client = accepted_client(proxy);
    for (const char c : all) sends_alone(client, {&c, 1});
    Peer server = site.accepts();
    server.receives("early");
    client.receives("\x05\x02\x01\x00"s + succeeded);
  }
  CHECK(proxy.counters().unauthorized == 0);
}

TEST_CASE("A SOCKS5 client without the right user and password goes nowhere") {
  Proxy proxy(guarded());
  FakeServer site;
  Peer anonymous = proxy.client();
  anonymous.sends(greeting + request_to_loopback(site.port()));
  anonymous.receives("\x05\xFF"s);
  anonymous.sees_end();
  for (const auto& [user, password] :
       std::vector<std::pair<std::string, std::string>>{{"agent", "wrong"},
                                                        {"agent", ""},
                                                        {"", ""},
                                                        {"Agent", "open:sesame"},
                                                        {"agent", "open:sesame\0"s},
                                                        {std::string(255, 'x'), std::string(255, 'y')}}) {
    CAPTURE(user, password);
    Peer client = proxy.client();
    client.sends("\x05\x01\x02"s + credentials(user, password) + request_to_loopback(site.port()));
    client.receives("\x05\x02\x01\x01"s);
    client.sees_end();
  }
  CHECK(site.has_no_connection());
  CHECK(proxy.counters().unauthorized == 7);
  CHECK(proxy.counters().refused == 0);
  CHECK(proxy.log().find("wrong") == std::string::npos);
}

TEST_CASE("Credentials that are not asked for are not looked at") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("\x05\x01\x02"s + credentials("any", "thing") + request_to_loopback(site.port()));
  Peer server = site.accepts();
  client.receives("\x05\x02\x01\x00"s + succeeded);
}

TEST_CASE("A handshake that does not end in time is ended, at whatever byte it stands still") {
  ProxySettings settings = guarded();
  settings.limits.head_time = std::chrono::milliseconds(50);
  Proxy proxy(settings);
  const std::string messages = "\x05\x01\x02"s + credentials("agent", "open:sesame");
  const auto check_ended = [&](const std::string& sent, const std::string& answer) {
    CAPTURE(sent);
    Peer client = proxy.client();
    client.sends(sent);
    client.receives(answer);
    client.sees_end();
  };
  check_ended("\x05"s, "\x05\xFF"s);
  check_ended("\x05\x01\x02\x01"s, "\x05\x02\x01\x01"s);
  check_ended(messages, "\x05\x02\x01\x00"s + failed('\x06'));
  check_ended(messages + "\x05\x01\x00\x03\x09www"s, "\x05\x02\x01\x00"s + failed('\x06'));
  CHECK(proxy.counters().refused == 4);
  CHECK(proxy.counters().unauthorized == 0);
  proxy.waits_for_log("the SOCKS handshake did not end in time");
}

TEST_CASE("A client that ends or resets within its handshake leaves nothing behind") {
  Proxy proxy(guarded());
  const std::string all =
      "\x05\x01\x02"s + credentials("agent", "open:sesame") + request_to_loopback(proxy.port());
  for (std::size_t size = 1; size < all.size(); ++size) {
    Peer client = proxy.client();
    client.sends(all.substr(0, size));
    if (size % 2 == 0) {
      client.ends_sending();
      client.read_to_end();
    } else {
      client.resets();
    }
  }
  wait_until([&] { return proxy.is_empty(); });
  CHECK(proxy.counters().refused == 0);
}

TEST_CASE("SOCKS clients that stop within their handshake lock no client out") {
  proxy::Limits limits;
  limits.connections = 4;
  limits.fresh_client = std::chrono::milliseconds(0);
  Proxy proxy({.limits = limits});
  FakeServer site;
  std::vector<Peer> slow;
  for (int i = 0; i < 4; ++i) {
    slow.push_back(proxy.client());
    slow.back().sends(greeting + "\x05\x01"s);
    slow.back().receives(no_authentication);
  }
  Peer client = proxy.client();
  client.sends(greeting + request_to_loopback(site.port()));
  Peer server = site.accepts();
  client.receives(no_authentication + succeeded);
  slow.front().sees_end();  // without a word: it could take it for a reply
  for (std::size_t i = 1; i < slow.size(); ++i) CHECK(slow[i].has_nothing_to_read());
}

TEST_CASE("SOCKS behind an HTTP request of the same connection is a malformed request") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer server = site.accepts();
  server.reads_head();
  server.sends("HTTP/1.1 204 No Content\r\n\r\n");
  client.receives("HTTP/1.1 204 No Content\r\n\r\n");
  client.sends(greeting + request_to_loopback(site.port()));
  const Message answer = client.reads_message();
  CHECK(answer.status == 400);
  CHECK(answer.body.find("SOCKS") != std::string::npos);
}

TEST_CASE("A proxy that is being stopped ends a handshake at the end of its grace") {
  Proxy proxy;
  Peer client = proxy.client();
  client.sends(greeting);
  client.receives(no_authentication);
  proxy.stop(std::chrono::milliseconds(50));
  client.read_to_end();
  proxy.waits_until_stopped();
}

}  // namespace
}  // namespace aluvia::test
