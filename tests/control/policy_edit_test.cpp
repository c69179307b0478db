// Tests of edits of the policy: what they make of the lists, and why they are not made.
#include "control/policy_edit.hpp"

#include <catch2/catch.hpp>

namespace aluvia::control {
namespace {

using config::AddPolicy;
using config::RemovePolicy;
using config::SetPolicy;
using policy::PolicyTexts;

const PolicyTexts now{{"@trackers", "*:25"}, {"shop.test"}};

PolicyTexts after(const config::Edit& edit, const PolicyTexts& before = now) {
  const auto result = edited_policy(before, edit);
  INFO((result ? "" : result.error()));
  REQUIRE(result);
  return *result;
}

std::string error(const config::Edit& edit) {
  const auto result = edited_policy(now, edit);
  REQUIRE_FALSE(result);
  return result.error();
}

TEST_CASE("Patterns are added behind the others, and none twice in any spelling") {
  CHECK(after(AddPolicy{{{"a.test", " A.TEST.", "@Trackers"}, {}}}) ==
        PolicyTexts{{"@trackers", "*:25", "a.test"}, {"shop.test"}});
  CHECK(after(AddPolicy{{{}, {"10.0.0.0/8"}, true}}) ==
        PolicyTexts{{"@trackers", "*:25"}, {"shop.test", "10.0.0.0/8"}, true});
}

TEST_CASE("Patterns are removed in any spelling; a missing one is an error, and none is removed") {
  CHECK(after(RemovePolicy{{{"@TRACKERS"}, {"Shop.test"}}}) == PolicyTexts{{"*:25"}, {}});
  CHECK(error(RemovePolicy{{{"@trackers", "x.test"}, {}}}) == "there is no block pattern \"x.test\"");
  CHECK(error(RemovePolicy{{{}, {"x.test"}}}) == "there is no only pattern \"x.test\"");
}

PolicyTexts with_budgets(std::vector<std::string> budgets) {
  PolicyTexts out;
  out.budgets = std::move(budgets);
  out.price = 2.0;
  return out;
}

TEST_CASE("A budget is added, gets another amount, and is removed; the price stays") {
  const PolicyTexts before = with_budgets({"5GB/day", "a.test=1GB/day"});
  CHECK(after(AddPolicy{with_budgets({"10USD/month"})}, before) ==
        with_budgets({"5GB/day", "a.test=1GB/day", "10USD/month"}));
  CHECK(after(AddPolicy{with_budgets({"A.test=2GB/day", "4GB/day"})}, before) ==
        with_budgets({"A.test=2GB/day", "4GB/day"}));
  CHECK(after(RemovePolicy{with_budgets({"5gb/day"})}, before) == with_budgets({"a.test=1GB/day"}));
  CHECK(after(SetPolicy{with_budgets({"1GB/day"})}, before) == with_budgets({"1GB/day"}));
  CHECK(error(RemovePolicy{with_budgets({"6GB/day"})}) == "there is no budget \"6GB/day\"");
  CHECK(error(AddPolicy{with_budgets({"0GB/day"})}).starts_with("budget \"0GB/day\": its amount is 0"));
  CHECK(error(AddPolicy{with_budgets({"1USD/day"})}).find("the price of a GB is not known") !=
        std::string::npos);
}

TEST_CASE("The audit is switched on and off, and off only once") {
  const PolicyTexts audited = after(AddPolicy{{{}, {}, true}});
  CHECK(audited.audits_only);
  CHECK_FALSE(after(RemovePolicy{{{}, {}, true}}, audited).audits_only);
  CHECK(error(RemovePolicy{{{}, {}, true}}) == "the allow-list does not audit");
}

TEST_CASE("A policy is replaced as a whole, also by none") {
  CHECK(after(SetPolicy{{{"b.test", "b.test"}, {}}}) == PolicyTexts{{"b.test"}, {}});
  CHECK(after(SetPolicy{}) == PolicyTexts{});
}

TEST_CASE("An invalid pattern or an empty edit changes nothing, and has a sentence") {
  CHECK(error(AddPolicy{{{"10.0.0.1/8"}, {}}}).starts_with("pattern \"10.0.0.1/8\": it has bits set"));
  CHECK(error(SetPolicy{{{}, {"x.test:0"}}}).starts_with("pattern \"x.test:0\": its port"));
  CHECK(error(AddPolicy{}) == "no pattern is given");
  CHECK(error(RemovePolicy{}) == "no pattern is given");
}

}  // namespace
}  // namespace aluvia::control
