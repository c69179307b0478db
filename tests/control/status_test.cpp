// What the manager tells of itself.
#include "control/scripted_api.hpp"

using namespace aluvia;
using namespace aluvia::control;
using namespace aluvia::api;
using namespace aluvia::config;
using namespace aluvia::control::testing;
using namespace std::chrono_literals;
using Trouble = ControlStatus::Trouble;

namespace {

ControlStatus after_refresh(Bench& bench) {
  std::promise<void> told;
  bench.manager->refresh([&] { told.set_value(); });
  REQUIRE(told.get_future().wait_for(5s) == std::future_status::ready);
  return bench.manager->status();
}

}  // namespace

TEST_CASE("before the first answer nothing is known and the proxy is not ready") {
  Bench bench({kFirst});
  const auto status = bench.manager->status();
  CHECK(status.version == 0);
  CHECK(status.trouble == Trouble::starting);
  CHECK_FALSE(status.ready());
  CHECK_FALSE(status.last_poll_at);
}

TEST_CASE("the status follows the polls") {
  Bench bench({kFirst, kNotModified, reply(200, body_with("[]"), "\"b\"")}, std::chrono::hours(1));
  bench.start();
  const auto first = bench.manager->status();
  CHECK(first.version == 1);
  CHECK(first.ready());
  CHECK(first.trouble == Trouble::none);
  REQUIRE(first.fetched_at);
  CHECK(first.fetched_at == first.confirmed_at);

  const auto same = after_refresh(bench);
  CHECK(same.version == 1);
  CHECK(same.fetched_at == first.fetched_at);
  CHECK(same.confirmed_at > first.confirmed_at);
  REQUIRE(same.next_poll_at);
  CHECK(*same.next_poll_at > *same.last_poll_at + 50min);

  const auto changed = after_refresh(bench);
  CHECK(changed.version == 2);
  CHECK(changed.fetched_at > first.fetched_at);
}

TEST_CASE(
    "a refused token and a payment that is due end readiness, with reason and link, until it works again") {
  Bench bench(
      {kFirst, reply(401), reply(403),
       reply(402, R"({"error":{"code":"payment_required","claim_url":"https://pay.test/1"}})"), kNotModified},
      std::chrono::hours(1));
  bench.start();
  const auto refused = after_refresh(bench);
  CHECK(refused.trouble == Trouble::token_refused);
  CHECK(refused.http_status == 401);
  CHECK_FALSE(refused.ready());
  CHECK(refused.version == 1);
  CHECK(after_refresh(bench).http_status == 403);
  const auto payment = after_refresh(bench);
  CHECK(payment.trouble == Trouble::payment_required);
  CHECK(payment.claim_url == "https://pay.test/1");
  CHECK(payment.failures_in_row == 3);
  CHECK_FALSE(payment.ready());
  const auto fine = after_refresh(bench);
  CHECK(fine.ready());
  CHECK(fine.reason.empty());
  CHECK(fine.claim_url.empty());
  CHECK(fine.failures_in_row == 0);
}

TEST_CASE("an API that cannot be reached or has a fault leaves the proxy ready, and the status says so") {
  Bench bench({kFirst, reply(503), reply(429), reply(200, "{"),
               Err{ApiFailure{ApiFailure::Kind::connect, "cannot connect to x:1: refused"}}},
              std::chrono::hours(1));
  bench.start();
  for (const auto trouble :
       {Trouble::api_error, Trouble::rate_limited, Trouble::bad_answer, Trouble::unreachable}) {
    const auto status = after_refresh(bench);
    CHECK(to_text(status.trouble) == to_text(trouble));
    CHECK(status.ready());
    CHECK_FALSE(status.reason.empty());
  }
}

TEST_CASE("a change whose answer is a refused token shows in the status at once") {
  Bench bench({kFirst, reply(401)}, std::chrono::hours(1));
  bench.stage->update_steps = {reply(401)};
  bench.start();
  CHECK_FALSE(bench.change(SetGeo{"us"}));
  CHECK_FALSE(bench.manager->status().ready());
}
