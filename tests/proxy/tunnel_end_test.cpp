// Ends tunnels in every way and reads the counters by reason.
#include "proxy_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

using telemetry::TunnelEnd;

constexpr std::chrono::milliseconds brief{50};

struct Fixture {
  SandboxFixture sandbox;  // its names follow rules, which the address of this machine does not
  FakeServer site;
  Proxy proxy;
  Peer client;
  Peer server;

  explicit Fixture(proxy::Limits limits = {})
      : proxy({.limits = limits, .dns_server = sandbox.dns()}),
        client(proxy.tunnel("a.site.test:" + std::to_string(site.port()))),
        server(site.accepts()) {}

  // Waits for the end of the only tunnel: no other reason may have counted.
  void has_ended_as(TunnelEnd end) {
    decltype(telemetry::Counters::tunnels_ended) expected{};
    expected[index_of(end)] = 1;
    wait_until([&] { return proxy.counters().tunnels_ended[index_of(end)] == 1; });
    CHECK(proxy.counters().tunnels_ended == expected);
  }
};

proxy::Limits drained(std::chrono::milliseconds drain, std::chrono::milliseconds quiet) {
  proxy::Limits limits;
  limits.drain = drain;
  limits.drain_quiet = quiet;
  return limits;
}

TEST_CASE("Each end of a tunnel counts under its reason, and once") {
  SECTION("both sides end") {
    Fixture fixture;
    fixture.client.closes();
    fixture.server.sees_end();
    fixture.server.closes();
    fixture.has_ended_as(TunnelEnd::closed);
  }
  SECTION("one side resets") {
    Fixture fixture;
    fixture.server.resets();
    fixture.has_ended_as(TunnelEnd::reset);
  }
  SECTION("nothing moves") {
    proxy::Limits limits;
    limits.tunnel_idle = brief;
    Fixture fixture(limits);
    fixture.has_ended_as(TunnelEnd::idle);
  }
  SECTION("a new configuration ends it while it is quiet") {
    Fixture fixture(drained(std::chrono::seconds(60), brief));
    fixture.proxy.publish({"*"});
    fixture.has_ended_as(TunnelEnd::reconfigured);
  }
  SECTION("a new configuration cuts a transfer") {
    Fixture fixture(drained(std::chrono::seconds(0), std::chrono::seconds(60)));
    fixture.proxy.publish({"*"});
    fixture.has_ended_as(TunnelEnd::cut);
  }
  SECTION("the proxy stops") {
    Fixture fixture;
    fixture.proxy.stop(std::chrono::milliseconds(0));
    fixture.client.sees_reset();
    fixture.has_ended_as(TunnelEnd::stopped);
  }
}

}  // namespace
}  // namespace aluvia::test
