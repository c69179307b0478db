// Tests of the budgets that are in force.
#include "budget/budget_book.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia::budget;
namespace policy = aluvia::policy;

namespace {

constexpr Seconds noon = 1'796'040'000;  // 2026-11-30T12:00:00Z
constexpr Seconds midnight = noon + 12 * 3600;

std::vector<policy::BudgetSpec> specs(const std::vector<std::string>& texts) {
  return policy::compile_budgets(texts, std::nullopt);
}

}  // namespace

TEST_CASE("A request counts in the overall budget and in those of its patterns") {
  BudgetBook book;
  CHECK(book.empty());
  book.follow(specs({"1000B/day", "a.com=100B/day", "*.com=500B/month"}), noon, true);
  CHECK(book.of("a.com", 443).size() == 3);
  CHECK(book.of("b.com", 443).size() == 2);
  CHECK(book.of("b.test", 443).size() == 1);
  CHECK(book.next_end() == midnight);
}

TEST_CASE("A closed budget closes its hosts only") {
  BudgetBook book;
  book.follow(specs({"1000B/day", "a.com=100B/day"}), noon, true);
  for (const auto& budget : book.of("a.com", 443)) budget->spend(100);
  CHECK(book.closed_for("a.com", 443)->spec().text == "a.com=100B/day");
  CHECK_FALSE(book.closed_for("b.com", 443));
  CHECK(book.advance(midnight));
  CHECK_FALSE(book.closed_for("a.com", 443));
}

TEST_CASE("New specs keep the budgets of the same scope") {
  BudgetBook book;
  CHECK(book.follow(specs({"1000B/day", "a.com=100B/day"}), noon, false).size() == 2);
  const auto kept = book.all()[0];
  const auto gone = book.all()[1];
  kept->know(10);
  const auto added = book.follow(specs({"b.com=1GB/day", "2000B/day"}), noon, false);
  REQUIRE(added.size() == 1);
  CHECK(added[0]->spec().text == "b.com=1GB/day");
  CHECK(book.all()[1] == kept);
  CHECK(kept->left() == 1990);
  CHECK(gone->left() > 1000);
  CHECK_FALSE(gone->is_closed());
  CHECK(book.view()[0].is_closed);
  CHECK(book.view()[1].left == 1990);
}
