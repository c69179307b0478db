// Tests of the policy as text and JSON, and of the body of a request that changes it.
#include "admin/policy_view.hpp"

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
        "{\"block\":[\"@trackers\"],\"only\":[],\"only_audit\":true,\"audited\":[\"a.test\",\"b.test:8443\"]}"
        "\n");
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
