// Tests of the account of one budget.
#include "budget/budget.hpp"

#include "budget/budget_share.hpp"

#include <memory>

#include <catch2/catch.hpp>

using namespace aluvia::budget;
namespace policy = aluvia::policy;

namespace {

constexpr Seconds noon = 1'796'040'000;  // 2026-11-30T12:00:00Z
constexpr Seconds midnight = noon + 12 * 3600;

Budget budget_of(std::string_view text, bool is_known = true) {
  return {*policy::parse_budget(text, std::nullopt), noon, is_known};
}

}  // namespace

TEST_CASE("A budget is closed once its bytes are spent") {
  Budget budget = budget_of("1000B/day");
  CHECK_FALSE(budget.spend(799));
  CHECK(budget.left() == 201);
  CHECK(budget.spend(1));
  CHECK(budget.must_warn());
  CHECK_FALSE(budget.must_warn());
  CHECK_FALSE(budget.spend(199));
  CHECK_FALSE(budget.is_closed());
  CHECK(budget.spend(1));
  CHECK(budget.is_closed());
  CHECK(budget.must_report_closed());
  CHECK_FALSE(budget.must_report_closed());
  CHECK_FALSE(budget.spend(5));
  CHECK(budget.left() == 0);
}

TEST_CASE("A budget opens in the next period, and not when the clock is set back") {
  Budget budget = budget_of("1000B/day");
  budget.spend(1000);
  CHECK_FALSE(budget.advance(midnight - 1));
  CHECK_FALSE(budget.advance(noon - 30 * 86400));
  CHECK(budget.is_closed());
  CHECK(budget.advance(midnight));
  CHECK(budget.left() == 1000);
  budget.spend(1000);
  CHECK_FALSE(budget.advance(noon));
  CHECK(budget.is_closed());
}

TEST_CASE("A budget whose spent bytes are unknown is closed, and does not forget what moves meanwhile") {
  Budget budget = budget_of("1000B/day", false);
  CHECK(budget.is_closed());
  CHECK(budget.left() == 1000);
  budget.spend(100);
  budget.know(300);
  CHECK_FALSE(budget.is_closed());
  CHECK(budget.left() == 600);
}

TEST_CASE("Another limit of the same scope keeps the spent bytes") {
  Budget budget = budget_of("1000B/day");
  budget.spend(1000);
  CHECK(budget.must_report_closed());
  budget.replace(*policy::parse_budget("1500B/day", std::nullopt));
  CHECK(budget.left() == 500);
  CHECK_FALSE(budget.is_closed());
  budget.spend(500);
  CHECK(budget.must_report_closed());
  budget.retire();
  CHECK_FALSE(budget.is_closed());
  CHECK(budget.left() > 1000);
}

TEST_CASE("A budget for a pattern covers the hosts that match") {
  const Budget budget = budget_of("*.example.com:443=1GB/day");
  CHECK(budget.covers("www.example.com", 443));
  CHECK_FALSE(budget.covers("www.example.com", 80));
  CHECK_FALSE(budget.covers("example.org", 443));
  CHECK(budget.covers("www.example.com"));
  CHECK_FALSE(budget.covers_all());
  CHECK(budget_of("1GB/day").covers("any.test", 80));
}

TEST_CASE("The share of a request bounds its receive buffer near the end only") {
  const auto budget = std::make_shared<Budget>(budget_of("100MB/day"));
  BudgetShare share({budget});
  CHECK(share.new_receive_buffer() == 0);
  budget->spend(96'000'000);
  CHECK(share.new_receive_buffer() == 1'000'000);
  CHECK(share.new_receive_buffer() == 0);
  budget->spend(2'000'000);
  CHECK(share.new_receive_buffer() == 500'000);
  BudgetShare second({budget});
  CHECK(share.new_receive_buffer() == 250'000);
  budget->spend(2'000'000);
  CHECK(share.new_receive_buffer() == 4096);
  CHECK(budget->advance(midnight));
  CHECK(share.new_receive_buffer() == 3 << 20);
}

TEST_CASE("A request has what each of its budgets has left") {
  const auto all = std::make_shared<Budget>(budget_of("1000B/day"));
  const auto part = std::make_shared<Budget>(budget_of("a.com=300B/day"));
  BudgetShare share({all, part});
  CHECK(share.left() == 300);
  CHECK(share.spend(300));
  CHECK(share.left() == 0);
  CHECK(all->left() == 700);
}
