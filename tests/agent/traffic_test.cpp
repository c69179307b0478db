// The two planes together: a configuration reaches the requests.
#include "agent/bench.hpp"

#include <thread>

using namespace aluvia;
using namespace aluvia::agent;
using namespace std::chrono_literals;
using agent::test::Bench;
using sandbox::Way;

TEST_CASE("Requests go the way that the account's rules say") {
  const Bench bench({"*.example"});
  AgentConnectClient client(bench.options());
  sandbox::test::Client browser(client.start().port());
  CHECK(browser.asks(bench.get("a.example")).status == 200);
  CHECK(bench.way() == Way::gateway);
  CHECK(browser.asks(bench.get("a.test")).status == 200);
  CHECK(bench.way() == Way::direct);
}

TEST_CASE("refresh() brings a new configuration to connections that are open") {
  Bench bench;
  AgentConnectClient client(bench.options());
  sandbox::test::Client browser(client.start().port());
  CHECK(browser.asks(bench.get("a.example")).status == 200);
  CHECK(bench.way() == Way::direct);
  bench.box.set_rules({"*"});
  client.refresh();
  while (bench.way() == Way::direct) {
    REQUIRE(browser.asks(bench.get("a.example")).status == 200);
  }
  CHECK(bench.box.record().polls == 2);
}

TEST_CASE("A poll that fails leaves the configuration as it is") {
  Bench bench({"*"});
  agent::test::Log log;
  auto options = bench.options();
  options.logger = log.logger();
  AgentConnectClient client(options);
  sandbox::test::Client browser(client.start().port());
  for (const char* const body : {"", "<html>"}) {
    const auto polls = bench.box.record().polls;
    bench.box.set_api_fault(sandbox::Fault{.status = *body ? 200 : 500, .body = body});
    client.refresh();
    REQUIRE(bench.polled(polls + 1));
    CHECK(browser.asks(bench.get("a.example")).status == 200);
    CHECK(bench.way() == Way::gateway);
  }
  client.stop();
  CHECK_THAT(log.text(), Catch::Contains("stays in use"));
}

TEST_CASE("Local rules come on top of the account's") {
  const Bench bench({"*"});
  auto options = bench.options();
  options.local_rules = {"-a.example"};
  AgentConnectClient client(options);
  sandbox::test::Client browser(client.start().port());
  CHECK(browser.asks(bench.get("a.example")).status == 200);
  CHECK(bench.way() == Way::direct);
  CHECK(browser.asks(bench.get("b.example")).status == 200);
  CHECK(bench.way() == Way::gateway);
}

TEST_CASE("Two clients in one process do not know each other") {
  const Bench one({"*"});
  const Bench other;
  AgentConnectClient first(one.options());
  AgentConnectClient second(other.options());
  sandbox::test::Client via_first(first.start().port());
  sandbox::test::Client via_second(second.start().port());
  CHECK(via_first.asks(one.get("a.example")).status == 200);
  CHECK(one.way() == Way::gateway);
  first.stop();
  CHECK(via_second.asks(other.get("a.example")).status == 200);
  CHECK(other.way() == Way::direct);
}

TEST_CASE("The log counts one rule as one, and tells start and end, and no secret") {
  const Bench bench({"a.example"});
  agent::test::Log log;
  auto options = bench.options();
  options.logger = log.logger();
  {
    AgentConnectClient client(options);
    sandbox::test::Client browser(client.start().port());
    CHECK(browser.asks(bench.get("a.example")).status == 200);
  }
  CHECK_THAT(log.text(), Catch::Contains("listening on http://127.0.0.1:") && Catch::Contains("1 rule\n") &&
                             Catch::Contains("1 rule,") && !Catch::Contains("1 rules") &&
                             Catch::Contains("stopped: "));
  CHECK_THAT(log.text(), !Catch::Contains("token-1") && !Catch::Contains(bench.box.gateway_authorization()) &&
                             !Catch::Contains(bench.box.gateway_authorization().substr(6)));
}
