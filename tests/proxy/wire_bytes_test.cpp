// Compares the bytes in records, counters and ledger with those that the upstream sent and received.
#include "gateway_fixture.hpp"
#include "ledger/ledger.hpp"

#include <mutex>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

struct Bytes {
  std::uint64_t up = 0;
  std::uint64_t down = 0;
  unsigned tries = 0;
};

struct Fixture {
  std::mutex mutex;
  std::vector<Bytes> records;
  ledger::Ledger ledger;
  SandboxFixture names;
  FakeServer gateway;
  FakeServer site;
  Proxy proxy;

  Fixture()
      : proxy({.limits = short_pauses(),
               .rules = {"*.site.test"},
               .gateway_port = gateway.port(),
               .dns_server = names.dns(),
               .on_request = [this](const telemetry::RequestRecord& one) { add(one); },
               .ledger = &ledger}) {}

  void add(const telemetry::RequestRecord& one) {
    const std::lock_guard lock(mutex);
    records.push_back({one.bytes_up, one.bytes_down, one.tries});
  }

  Bytes last(std::size_t count) {
    wait_until([&] {
      const std::lock_guard lock(mutex);
      return records.size() >= count;
    });
    const std::lock_guard lock(mutex);
    REQUIRE(records.size() == count);
    return records.back();
  }

  // Compares what counters and ledger say of a route.
  void has_counted(rules::Route route, std::uint64_t up, std::uint64_t down) {
    const telemetry::RouteTraffic traffic = proxy.counters().of(route);
    CHECK(traffic.bytes_up == up);
    CHECK(traffic.bytes_down == down);
    ledger::Sums sums;
    proxy.on_loop([&] { sums = ledger.total(route); });
    CHECK(sums.bytes_up == up);
    CHECK(sums.bytes_down == down);
  }

  std::string get(const std::string& authority) const {
    return "GET http://" + authority + "/ HTTP/1.1\r\nHost: " + authority + "\r\n\r\n";
  }
};

TEST_CASE("A tunnel through the gateway costs its CONNECT, the refused one before it, and what it carries") {
  Fixture fixture;
  Peer client = fixture.proxy.client();
  client.sends("CONNECT a.site.test:443 HTTP/1.1\r\nHost: a.site.test:443\r\n\r\n");
  const std::string refusal = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
  Peer first = fixture.gateway.accepts();
  std::uint64_t up = first.reads_head().size();
  first.sends(refusal);
  Peer second = fixture.gateway.accepts();
  up += second.reads_head().size();
  const std::string opened = "HTTP/1.1 200 OK\r\nVia: 1.1 gateway\r\n\r\n";
  second.sends(opened);
  client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  client.sends("12345");
  second.receives("12345");
  second.sends("123");
  client.receives("123");
  const std::uint64_t down = refusal.size() + opened.size() + 3;
  fixture.has_counted(rules::Route::gateway, up + 5, down);  // while the tunnel is open
  client.closes();
  second.sees_end();
  second.closes();
  const Bytes record = fixture.last(1);
  CHECK(record.up == up + 5);
  CHECK(record.down == down);
  CHECK(record.tries == 2);
  fixture.has_counted(rules::Route::gateway, up + 5, down);
}

TEST_CASE("The requests of a kept connection cost their heads and bodies, each its own") {
  Fixture fixture;
  Peer client = fixture.proxy.client();
  client.sends(fixture.get(fixture.site.authority()));
  Peer server = fixture.site.accepts();
  const std::string response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  std::uint64_t up = 0;
  for (std::size_t i = 1; i <= 3; ++i) {
    if (i > 1) client.sends(fixture.get(fixture.site.authority()));
    const std::uint64_t request = server.reads_head().size();
    server.sends(response);
    CHECK(client.reads_message().status == 200);
    const Bytes record = fixture.last(i);
    CHECK(record.up == request);
    CHECK(record.down == response.size());
    up += request;
  }
  fixture.has_counted(rules::Route::direct, up, 3 * response.size());
  fixture.has_counted(rules::Route::gateway, 0, 0);
}

TEST_CASE("What has arrived of an aborted download has been paid for, read or not") {
  Fixture fixture;
  Peer client = fixture.proxy.client(4096);
  client.sends(fixture.get("a.site.test"));
  Peer gateway = fixture.gateway.accepts();
  gateway.reads_head();
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n";
  gateway.sends(head);
  client.receives(head);
  // The client reads nothing more: the proxy stops reading, and the kernel keeps what the gateway sends.
  std::uint64_t sent = head.size();
  for (std::size_t more = 1; more > 0;) sent += more = gateway.stuffs(std::string(64 * 1024, 'x'));
  const auto unsent = gateway.unsent();
  client.resets();
  const Bytes record = fixture.last(1);
  CHECK(record.down > head.size());
  CHECK(record.down >= sent - unsent);
  CHECK(record.down <= sent);
}

TEST_CASE("A route that changes while a tunnel is opened keeps the bytes of each route apart") {
  Fixture fixture;
  Peer client = fixture.proxy.client();
  const std::string authority = fixture.site.authority();
  const std::string port = authority.substr(authority.find(':'));
  client.sends("CONNECT a.site.test" + port + " HTTP/1.1\r\nHost: a.site.test" + port + "\r\n\r\n");
  Peer gateway = fixture.gateway.accepts();
  const std::uint64_t up = gateway.reads_head().size();
  fixture.proxy.publish({"*.other.test"});
  const std::string refusal = "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n";
  gateway.sends(refusal);
  Peer site = fixture.site.accepts();
  client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  client.closes();
  site.sees_end();
  site.closes();
  const Bytes record = fixture.last(1);
  CHECK(record.up == up);
  CHECK(record.tries == 2);
  fixture.has_counted(rules::Route::gateway, up, refusal.size());
  fixture.has_counted(rules::Route::direct, 0, 0);
}

}  // namespace
}  // namespace aluvia::test
