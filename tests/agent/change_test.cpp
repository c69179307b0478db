// Changes while the proxy runs: the account's and the proxy's own.
#include "agent/fixture.hpp"

#include <algorithm>

using namespace aluvia;
using namespace aluvia::agent;
using namespace std::chrono_literals;
using agent::test::Fixture;
using Kind = config::ApiError::Kind;
using Texts = std::vector<std::string>;

namespace {

std::future<config::ChangeResult> begin(AgentConnectClient& client, config::Edit edit) {
  auto told = std::make_shared<std::promise<config::ChangeResult>>();
  client.change(std::move(edit), [told](config::ChangeResult result) { told->set_value(std::move(result)); });
  return told->get_future();
}

config::ChangeResult change(AgentConnectClient& client, config::Edit edit) {
  auto result = begin(client, std::move(edit));
  REQUIRE(result.wait_for(10s) == std::future_status::ready);
  return result.get();
}

sandbox::Route route_of(const Fixture& fixture, std::uint16_t port, const std::string& host) {
  sandbox::test::Client client(port);
  client.sends(fixture.get(host));
  CHECK(client.receives_response().status == 200);
  return fixture.route();
}

}  // namespace

TEST_CASE("A rule that is added sends the next request through the gateway, without a poll") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  const auto session = client.start();
  CHECK(route_of(fixture, session.port(), "a.example") == sandbox::Route::direct);
  REQUIRE(change(client, config::AddRules{{"a.example"}}));
  CHECK(route_of(fixture, session.port(), "a.example") == sandbox::Route::gateway);
  REQUIRE(change(client, config::RemoveRules{{"a.example"}}));
  CHECK(route_of(fixture, session.port(), "a.example") == sandbox::Route::direct);
}

TEST_CASE("Local rules are this proxy's own") {
  const Fixture fixture;
  AgentConnectClient one(fixture.options());
  AgentConnectClient other(fixture.options());
  const auto first = one.start();
  const auto second = other.start();
  REQUIRE(change(one, config::AddLocalRules{{"a.example"}}));
  CHECK(route_of(fixture, first.port(), "a.example") == sandbox::Route::gateway);
  CHECK(route_of(fixture, second.port(), "a.example") == sandbox::Route::direct);
  CHECK(fixture.box.record().polls == 2);
}

TEST_CASE("Two writers of the same account lose none of each other's rules") {
  const Fixture fixture(Texts{"before.example"});
  AgentConnectClient one(fixture.options());
  AgentConnectClient other(fixture.options());
  one.start();
  other.start();
  std::vector<std::future<config::ChangeResult>> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(begin(one, config::AddRules{{"one" + std::to_string(i) + ".example"}}));
    all.push_back(begin(other, config::AddRules{{"other" + std::to_string(i) + ".example"}}));
  }
  for (auto& result : all) {
    REQUIRE(result.wait_for(20s) == std::future_status::ready);
    CHECK(result.get().has_value());
  }
  auto rules = change(one, config::AddRules{{"before.example"}})->snapshot->rule_texts;
  std::sort(rules.begin(), rules.end());
  CHECK(rules == Texts{"before.example", "one0.example", "one1.example", "one2.example", "one3.example",
                       "other0.example", "other1.example", "other2.example", "other3.example"});
}

TEST_CASE("A rotated session is a fresh id, and the status tells the version that holds it") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  CHECK(client.status().version == 0);
  client.start();
  CHECK(client.status().version == 1);
  CHECK(client.status().ready());
  const auto rotated = change(client, config::RotateSession{});
  REQUIRE(rotated);
  CHECK(rotated->snapshot->session_id.value_or("").size() == 16);
  CHECK(client.status().version == 2);
}

TEST_CASE("A change before the start is rejected at once") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  const auto result = change(client, config::RotateSession{});
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Kind::not_running);
}

TEST_CASE("A connection of the account is read and changed at its own place") {
  const Fixture fixture;
  auto options = fixture.options();
  options.connection_id = "1";
  options.api_base_url += "/v1";
  AgentConnectClient client(options);
  client.start();
  CHECK(fixture.box.record().api_path == "/v1/account/connections/1");
  REQUIRE(change(client, config::SetGeo{"us-ny"}));
  CHECK(fixture.box.record().api_path == "/v1/account/connections/1");
}

TEST_CASE("A connection that does not exist is an error that names it") {
  const Fixture fixture;
  auto options = fixture.options();
  options.connection_id = "2";
  AgentConnectClient client(options);
  CHECK_THROWS_WITH(client.start(), Catch::Contains("no connection 2") && Catch::Contains("connection id"));
  CHECK(fixture.box.record().polls == 1);
}

TEST_CASE("A token of the next generation is found where it belongs") {
  Fixture fixture;
  fixture.box.set_api_fault(sandbox::Fault{.status = 404, .times = 1});
  AgentConnectClient client(fixture.options());
  client.start();
  CHECK(fixture.box.record().api_path == "/connection");
  REQUIRE(change(client, config::SetGeo{"us-ny"}));
  CHECK(fixture.box.record().api_path == "/connection");
}
