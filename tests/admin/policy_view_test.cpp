// Tests of the policy as text and JSON, and of the body of a request that changes it.
#include "admin/policy_view.hpp"

#include "admin/budget_rows.hpp"
#include "admin/command_json.hpp"
#include "sample.hpp"

#include <catch2/catch.hpp>

namespace aluvia::admin::test {
namespace {

using policy::PolicyTexts;

config::Snapshot with(const PolicyTexts& policy) {
  auto out = std::make_shared<config::UserNetworkConfig>();
  out->policy = std::make_shared<policy::Policy>(policy);
  return out;
}

TEST_CASE("The policy is printed as lines for a configuration file") {
  const std::vector<std::string> audited{"a.test", "b.test:8443"};
  CHECK(policy_text({}, {}) == "no policy: nothing is blocked\n");
  CHECK(policy_text({{"@trackers"}, {"shop.test"}, true}, audited) ==
        "block = @trackers\nonly = shop.test\nonly-audit = yes\n\n"
        "# Requests outside the allow-list would need:\nonly = a.test\nonly = b.test:8443\n");
  CHECK(policy_json({{"@trackers"}, {}, true}, audited).view() ==
        "{\"block\":[\"@trackers\"],\"only\":[],\"only_audit\":true,\"audited\":[\"a.test\","
        "\"b.test:8443\"]}\n");
}

TEST_CASE("Budgets are printed with what is left of them, and told in changes") {
  PolicyTexts texts;
  texts.budgets = {"5GB/day", "a.test=1MB/month"};
  constexpr budget::Seconds noon = 1'796'040'000;  // 2026-11-30T12:00:00Z
  const std::vector<budget::BudgetView> budgets{
      {"5GB/day", 5'000'000'000, 1'250'000'000, 3'750'000'000, noon - 43'200, noon + 43'200, true, false, ""},
      {"a.test=1MB/month", 1'000'000, 1'000'000, 0, noon, noon + 43'200, false, true, ""},
      {"1KB/day", 1000, 0, 1000, noon, noon + 43'200, true, true, "cannot read x"}};
  CHECK(policy_text(texts, {}, budgets) ==
        "budget = 5GB/day\nbudget = a.test=1MB/month\n\n"
        "# 5GB/day: 1.2 GB of 5.0 GB used, 3.8 GB left until 2026-12-01T00:00:00Z\n"
        "# a.test=1MB/month: used up (1.0 MB); it opens again at 2026-12-01T00:00:00Z\n"
        "# 1KB/day: closed, because it is not known what is spent: cannot read x\n");
  CHECK(without_hosts(budgets)[1].text == "pattern 1, 1MB/month");
  CHECK(without_hosts(budgets)[0].text == "5GB/day");
  const std::string json(policy_json(texts, {}, std::span(budgets).first(1)).view());
  CHECK_THAT(json, Catch::Contains(R"("budget":["5GB/day","a.test=1MB/month"],)"));
  CHECK_THAT(json, Catch::Contains(R"("budgets":[{"budget":"5GB/day","limit_bytes":5000000000,)"
                                   R"("spent_bytes":1250000000,"left_bytes":3750000000,)"
                                   R"("from":"2026-11-30T00:00:00Z","until":"2026-12-01T00:00:00Z",)"
                                   R"("closed":false}])"));
  CHECK(policy_change_text({with(texts), {}, with({})}) ==
        "+  budget 5GB/day\n+  budget a.test=1MB/month\n"
        "In force now. The policy: blocks no pattern, 2 budgets, no allow-list.\n");
}

TEST_CASE("A change of the policy is told by its lines and by what is in force now") {
  const config::Snapshot before = with({{"a.test", "b.test"}, {}});
  CHECK(policy_change_text({with({{"b.test", "c.test"}, {"shop.test"}}), {}, before}) ==
        "+  block c.test\n-  block a.test\n+  only shop.test\n"
        "In force now. The policy: blocks 2 patterns, allows only 1 pattern.\n");
  CHECK(policy_change_text({before, {}, before}) ==
        "Nothing changed. The policy: blocks 2 patterns, no allow-list.\n");
  CHECK(policy_change_text({with({}), {}, before}).ends_with("In force now. The policy: none.\n"));
}

TEST_CASE("A body that asks for a change of the policy is read strictly") {
  const auto add = read_policy_edit(R"({"add":{"block":["@trackers"],"only":[],"only_audit":true}})");
  REQUIRE(add);
  CHECK(std::get<config::AddPolicy>(*add).policy == PolicyTexts{{"@trackers"}, {}, true});
  const auto budget = read_policy_edit(R"({"add":{"budget":["5GB/day"]}})");
  REQUIRE(budget);
  CHECK(std::get<config::AddPolicy>(*budget).policy.budgets == std::vector<std::string>{"5GB/day"});
  CHECK(std::holds_alternative<config::RemovePolicy>(*read_policy_edit(R"({"remove":{"only":["x"]}})")));
  CHECK(std::holds_alternative<config::SetPolicy>(*read_policy_edit(R"({"set":{}})")));
  for (const char* const body : {"", "{}", "[]", R"({"add":[]})", R"({"add":{"block":"x"}})",
                                 R"({"add":{"block":[1]}})", R"({"add":{"other":[]}})",
                                 R"({"add":{"only_audit":1}})", R"({"add":{},"remove":{}})", R"({"x":{}})"}) {
    INFO(body);
    CHECK_FALSE(read_policy_edit(body));
  }
}

}  // namespace
}  // namespace aluvia::admin::test
