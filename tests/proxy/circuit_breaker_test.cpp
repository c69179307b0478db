#include "proxy/gateway/circuit_breaker.hpp"

#include "proxy/gateway/retry_policy.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

using namespace std::literals;
using proxy::ProxyError;
using proxy::ProxyErrorKind;
using proxy::Retry;

const ProxyError refused(ProxyErrorKind::connection_refused, "no listener");
const ProxyError silence(ProxyErrorKind::gateway_timeout, "no answer");

struct Fixture {
  proxy::Limits limits;
  Logger logger;
  proxy::CircuitBreaker circuit{limits, logger};
  loop::TimePoint now = loop::Clock::now();

  void fails(std::size_t times, const ProxyError& failure = refused, const std::string& host = "") {
    for (std::size_t i = 0; i < times; ++i) circuit.failed(failure, host, now);
  }
  bool refuses() { return circuit.rejection(now).has_value(); }
};

TEST_CASE("A gateway is down after faults in a row, and an answer makes it well") {
  Fixture fixture;
  fixture.fails(fixture.limits.gateway_faults - 1);
  CHECK_FALSE(fixture.refuses());
  CHECK(fixture.circuit.health(fixture.now).ok);
  fixture.circuit.answered();
  fixture.fails(fixture.limits.gateway_faults - 1);
  CHECK_FALSE(fixture.refuses());
  fixture.now += 1s;
  fixture.fails(1);
  REQUIRE(fixture.refuses());
  CHECK(fixture.circuit.rejection(fixture.now)->kind == ProxyErrorKind::gateway_down);
  const auto health = fixture.circuit.health(fixture.now);
  CHECK_FALSE(health.ok);
  CHECK(health.failing_since == fixture.now - 1s);
  CHECK(health.reason == "no listener");
  fixture.circuit.answered();
  CHECK_FALSE(fixture.refuses());
  CHECK(fixture.circuit.health(fixture.now).ok);
}

TEST_CASE("The circuit counts when it opens and closes, and nothing in between") {
  Fixture fixture;
  fixture.fails(fixture.limits.gateway_faults - 1);
  fixture.circuit.answered();
  CHECK(fixture.circuit.opened() + fixture.circuit.closed() == 0);
  fixture.fails(fixture.limits.gateway_faults + 3);
  CHECK(fixture.circuit.opened() == 1);
  CHECK(fixture.circuit.closed() == 0);
  fixture.circuit.answered();
  fixture.circuit.answered();
  CHECK(fixture.circuit.closed() == 1);
  fixture.fails(fixture.limits.gateway_faults);
  fixture.circuit.forget();  // another gateway
  CHECK(fixture.circuit.opened() == 2);
  CHECK(fixture.circuit.closed() == 2);
}

TEST_CASE("A gateway that is down is probed by one request at a time, less and less often") {
  Fixture fixture;
  fixture.fails(fixture.limits.gateway_faults);
  loop::Clock::duration rest = fixture.limits.gateway_rest;
  for (int i = 0; i < 8; ++i) {
    fixture.now += rest - 1ms;
    CHECK(fixture.refuses());
    fixture.now += 1ms;
    CHECK_FALSE(fixture.refuses());
    CHECK(fixture.refuses());
    fixture.fails(1);
    rest = std::min<loop::Clock::duration>(2 * rest, fixture.limits.gateway_longest_rest);
  }
  SECTION("a probe that is never heard of is followed by another") {
    fixture.now += rest;
    CHECK_FALSE(fixture.refuses());
    CHECK(fixture.refuses());
    fixture.now += rest;
    CHECK_FALSE(fixture.refuses());
  }
}

TEST_CASE("One silent site does not make the gateway bad, several do") {
  Fixture fixture;
  fixture.fails(100, silence, "dead.test");
  CHECK_FALSE(fixture.refuses());
  for (const char* const host : {"a.test", "b.test", "c.test", "d.test"}) fixture.fails(1, silence, host);
  CHECK(fixture.refuses());
}

TEST_CASE("What was known of the gateway a minute ago is not known any more") {
  Fixture fixture;
  fixture.fails(fixture.limits.gateway_faults);
  fixture.now += fixture.limits.gateway_fault_memory + 1ms;
  CHECK(fixture.circuit.health(fixture.now).ok);
}

TEST_CASE("Which faults are worth another try") {
  using Kind = ProxyErrorKind;
  const auto of = [](Kind kind, int status = 0) { return proxy::retry_for(ProxyError(kind, "", status)); };
  for (const Kind kind : {Kind::connection_refused, Kind::connection_timeout, Kind::connection_terminated,
                          Kind::tls_protocol, Kind::gateway_timeout, Kind::unroutable}) {
    CHECK(of(kind) == Retry::another_try);
  }
  for (const int status : {502, 503, 504}) CHECK(of(Kind::gateway_refused, status) == Retry::another_try);
  for (const int status : {402, 403, 404, 500, 302}) CHECK(of(Kind::gateway_refused, status) == Retry::none);
  for (const int status : {401, 407})
    CHECK(of(Kind::gateway_credentials, status) == Retry::fresh_configuration);
  for (const Kind kind : {Kind::tls_certificate, Kind::gateway_protocol, Kind::name_not_found, Kind::loop}) {
    CHECK(of(kind) == Retry::none);
  }
}

TEST_CASE(
    "A request is tried three times inside eight seconds, with growing pauses, the last one patiently") {
  const proxy::Limits limits;
  loop::TimePoint now = loop::Clock::now();
  proxy::RetryPolicy tries(limits, now);
  SECTION("that fail at once") {
    CHECK(tries.begin_next(now) == now + limits.gateway_try);
    CHECK_FALSE(tries.is_last());
    REQUIRE(tries.allows_another(refused, now));
    const auto first = tries.pause();
    tries.begin_next(now += first);
    CHECK_FALSE(tries.is_last());
    REQUIRE(tries.allows_another(refused, now));
    CHECK(tries.pause() > first);
    tries.begin_next(now += tries.pause());
    CHECK(tries.is_last());
    CHECK_FALSE(tries.allows_another(refused, now));
    CHECK(tries.describe(refused).details == "no listener (3 tries)");
  }
  SECTION("that take their time") {
    now = tries.begin_next(now);
    REQUIRE(tries.allows_another(silence, now));
    tries.begin_next(now + tries.pause());
    CHECK(tries.is_last());
  }
  SECTION("a fresh configuration brings one more, twice") {
    tries.begin_next(now);
    CHECK(tries.may_ask_configuration(now));
    CHECK(tries.may_ask_configuration(now));
    CHECK_FALSE(tries.may_ask_configuration(now));
  }
  SECTION("a fresh configuration is not waited for where no time would be left to try it") {
    tries.begin_next(now);
    CHECK_FALSE(tries.may_ask_configuration(tries.end() - limits.refresh));
  }
}

}  // namespace
}  // namespace aluvia::test
