// Tests of ConfigManager::status().
#include "control/scripted_api.hpp"

using namespace aluvia;
using namespace aluvia::control;
using namespace aluvia::api;
using namespace aluvia::config;
using namespace aluvia::control::testing;
using namespace std::chrono_literals;
using Kind = ApiError::Kind;

namespace {

ControlStatus after_refresh(Fixture& fixture) {
  std::promise<void> told;
  fixture.manager->refresh([&] { told.set_value(); });
  REQUIRE(told.get_future().wait_for(5s) == std::future_status::ready);
  return fixture.manager->status();
}

}  // namespace

TEST_CASE("Before the first response the status is empty and the proxy is not ready") {
  Fixture fixture({kFirst});
  const auto status = fixture.manager->status();
  CHECK(status.version == 0);
  CHECK(trouble(status) == "starting");
  CHECK_FALSE(status.ready());
  CHECK_FALSE(status.last_poll_at);
}

TEST_CASE("The status follows the polls") {
  Fixture fixture({kFirst, kNotModified, reply(200, body_with("[]"), "\"b\"")}, std::chrono::hours(1));
  fixture.start();
  const auto first = fixture.manager->status();
  CHECK(first.version == 1);
  CHECK(first.ready());
  CHECK(trouble(first) == "none");
  REQUIRE(first.fetched_at);
  CHECK(first.fetched_at == first.confirmed_at);

  const auto same = after_refresh(fixture);
  CHECK(same.version == 1);
  CHECK(same.fetched_at == first.fetched_at);
  CHECK(same.confirmed_at > first.confirmed_at);
  REQUIRE(same.next_poll_at);
  CHECK(*same.next_poll_at > *same.last_poll_at + 50min);

  const auto changed = after_refresh(fixture);
  CHECK(changed.version == 2);
  CHECK(changed.fetched_at > first.fetched_at);
}

TEST_CASE("Every fetch counts by its result and with its time") {
  Fixture fixture({kFirst, kNotModified, reply(503), kNotModified, reply(200, body_with("[]"), "\"b\"")},
                  std::chrono::hours(1));
  fixture.start();
  for (int i = 0; i < 4; ++i) after_refresh(fixture);
  const telemetry::PollMetrics polls = fixture.manager->polls();
  CHECK(polls.changed == 2);
  CHECK(polls.unchanged == 2);
  CHECK(polls.failed == 1);
  std::uint64_t timed = 0;
  for (std::size_t i = 0; i <= telemetry::StepHistogram::bounds; ++i) timed += polls.duration.in_bucket(i);
  CHECK(timed == 5);
}

TEST_CASE("A rejected token and a due payment end readiness, with reason and link, until a poll succeeds") {
  Fixture fixture(
      {kFirst, reply(401), reply(403),
       reply(402, R"({"error":{"code":"payment_required","claim_url":"https://pay.test/1"}})"), kNotModified},
      std::chrono::hours(1));
  fixture.start();
  const auto refused = after_refresh(fixture);
  REQUIRE(refused.error);
  CHECK(refused.error->kind == Kind::token_refused);
  CHECK(refused.error->status == 401);
  CHECK_FALSE(refused.ready());
  CHECK(refused.version == 1);
  CHECK(after_refresh(fixture).error.value().status == 403);
  const auto payment = after_refresh(fixture);
  REQUIRE(payment.error);
  CHECK(payment.error->kind == Kind::payment_required);
  CHECK(payment.error->claim_url == "https://pay.test/1");
  CHECK(payment.failures_in_row == 3);
  CHECK_FALSE(payment.ready());
  const auto fine = after_refresh(fixture);
  CHECK(fine.ready());
  CHECK_FALSE(fine.error);
  CHECK(fine.failures_in_row == 0);
}

TEST_CASE("An API that cannot be reached or has a fault leaves the proxy ready, and the status says so") {
  Fixture fixture(
      {kFirst, reply(503), reply(429), reply(200, "{"),
       Err{config::no_response(config::ApiError::Cause::connect, "cannot connect to x:1: refused")}},
      std::chrono::hours(1));
  fixture.start();
  for (const auto kind : {Kind::api_error, Kind::rate_limited, Kind::bad_answer, Kind::unreachable}) {
    const auto status = after_refresh(fixture);
    REQUIRE(status.error);
    CHECK(trouble(status) == code(kind));
    CHECK(status.ready());
    CHECK_FALSE(status.error->message.empty());
  }
}

TEST_CASE("A change that meets a rejected token shows in the status at once") {
  Fixture fixture({kFirst, reply(401)}, std::chrono::hours(1));
  fixture.script->update_steps = {reply(401)};
  fixture.start();
  CHECK_FALSE(fixture.change(SetGeo{"us"}));
  CHECK_FALSE(fixture.manager->status().ready());
}
