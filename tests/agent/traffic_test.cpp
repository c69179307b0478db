// The two planes together: a configuration reaches the requests.
#include "agent/fixture.hpp"

#include <thread>

using namespace aluvia;
using namespace aluvia::agent;
using namespace std::chrono_literals;
using agent::test::Fixture;
using sandbox::Route;

TEST_CASE("Requests take the route of the account's rules") {
  const Fixture fixture({"*.example"});
  AgentConnectClient client(fixture.options());
  sandbox::test::Client browser(client.start().port());
  CHECK(browser.asks(fixture.get("a.example")).status == 200);
  CHECK(fixture.route() == Route::gateway);
  CHECK(browser.asks(fixture.get("a.test")).status == 200);
  CHECK(fixture.route() == Route::direct);
}

TEST_CASE("refresh() brings a new configuration to connections that are open") {
  Fixture fixture;
  AgentConnectClient client(fixture.options());
  sandbox::test::Client browser(client.start().port());
  CHECK(browser.asks(fixture.get("a.example")).status == 200);
  CHECK(fixture.route() == Route::direct);
  fixture.box.set_rules({"*"});
  client.refresh();
  while (fixture.route() == Route::direct) {
    REQUIRE(browser.asks(fixture.get("a.example")).status == 200);
  }
  CHECK(fixture.box.record().polls == 2);
}

TEST_CASE("A failed poll keeps the configuration") {
  Fixture fixture({"*"});
  agent::test::Log log;
  auto options = fixture.options();
  options.logger = log.logger();
  AgentConnectClient client(options);
  sandbox::test::Client browser(client.start().port());
  for (const char* const body : {"", "<html>"}) {
    const auto polls = fixture.box.record().polls;
    fixture.box.set_api_fault(sandbox::Fault{.status = *body ? 200 : 500, .body = body});
    client.refresh();
    REQUIRE(fixture.polled(polls + 1));
    CHECK(browser.asks(fixture.get("a.example")).status == 200);
    CHECK(fixture.route() == Route::gateway);
  }
  client.stop();
  CHECK_THAT(log.text(), Catch::Contains("stays in use"));
}

TEST_CASE("Local rules come on top of the account's") {
  const Fixture fixture({"*"});
  auto options = fixture.options();
  options.local_rules = {"-a.example"};
  AgentConnectClient client(options);
  sandbox::test::Client browser(client.start().port());
  CHECK(browser.asks(fixture.get("a.example")).status == 200);
  CHECK(fixture.route() == Route::direct);
  CHECK(browser.asks(fixture.get("b.example")).status == 200);
  CHECK(fixture.route() == Route::gateway);
}

TEST_CASE("Two clients in one process do not know each other") {
  const Fixture one({"*"});
  const Fixture other;
  AgentConnectClient first(one.options());
  AgentConnectClient second(other.options());
  sandbox::test::Client via_first(first.start().port());
  sandbox::test::Client via_second(second.start().port());
  CHECK(via_first.asks(one.get("a.example")).status == 200);
  CHECK(one.route() == Route::gateway);
  first.stop();
  CHECK(via_second.asks(other.get("a.example")).status == 200);
  CHECK(other.route() == Route::direct);
}

TEST_CASE("The log counts one rule as one, and tells start and end, and no secret") {
  const Fixture fixture({"a.example"});
  agent::test::Log log;
  auto options = fixture.options();
  options.logger = log.logger();
  {
    AgentConnectClient client(options);
    sandbox::test::Client browser(client.start().port());
    CHECK(browser.asks(fixture.get("a.example")).status == 200);
  }
  CHECK_THAT(log.text(), Catch::Contains("listening on http://127.0.0.1:") && Catch::Contains("1 rule\n") &&
                             Catch::Contains("1 rule,") && !Catch::Contains("1 rules") &&
                             Catch::Contains("stopped: "));
  CHECK_THAT(log.text(), !Catch::Contains("token-1") &&
                             !Catch::Contains(fixture.box.gateway_authorization()) &&
                             !Catch::Contains(fixture.box.gateway_authorization().substr(6)));
}
