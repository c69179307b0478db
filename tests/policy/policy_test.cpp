// Tests of the verdict on a request.
#include "policy/policy.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::policy;

namespace {

struct Row {
  std::string_view host;
  std::uint16_t port;
  Action action;
  std::string_view text;
};

template <std::size_t count>
void expect(const PolicyTexts& texts, const Row (&rows)[count]) {
  const Policy policy(texts);
  for (const Row& row : rows) {
    INFO(row.host << ":" << row.port);
    const Verdict verdict = policy.judge(row.host, row.port);
    CHECK(name(verdict.action) == name(row.action));
    CHECK(verdict.policy == row.text);
  }
}

}  // namespace

TEST_CASE("Without patterns every request is forwarded") {
  const Row rows[] = {{"example.com", 443, Action::forward, ""}};
  expect({}, rows);
  CHECK(PolicyTexts{}.empty());
}

TEST_CASE("A block pattern names itself, and wins over the allow-list") {
  const Row rows[] = {
      {"ads.example.com", 443, Action::block, "block ads.example.com"},
      {"www.clarity.ms", 443, Action::block, "block @trackers"},
      {"10.1.2.3", 80, Action::block, "block 10.0.0.0/8"},
      {"mail.example.com", 25, Action::block, "block *:25"},
      {"www.example.com", 443, Action::forward, ""},
  };
  expect({{"ads.example.com", "@trackers", "10.0.0.0/8", "*:25"}, {"*"}}, rows);
}

TEST_CASE("An allow-list blocks everything else, this machine included") {
  const Row rows[] = {
      {"example.com", 443, Action::forward, ""},
      {"a.example.org", 443, Action::forward, ""},
      {"api.test", 8443, Action::forward, ""},
      {"api.test", 443, Action::block, no_only_pattern},
      {"other.test", 443, Action::block, no_only_pattern},
      {"127.0.0.1", 80, Action::block, no_only_pattern},
      {"localhost", 80, Action::block, no_only_pattern},
  };
  expect({{}, {"example.com", "*.example.org", "api.test:8443"}}, rows);
}

TEST_CASE("An allow-list that audits lets everything else through, blocked hosts excepted") {
  const Row rows[] = {
      {"example.com", 443, Action::forward, ""},
      {"other.test", 443, Action::audit, no_only_pattern},
      {"ads.test", 443, Action::block, "block ads.test"},
  };
  expect({{"ads.test"}, {"example.com"}, true}, rows);
  const Row all[] = {{"example.com", 443, Action::audit, no_only_pattern}};
  expect({{}, {}, true}, all);
}

TEST_CASE("Block networks hold for the addresses of a name, and an allow-list does not") {
  const Policy policy({{"10.0.0.0/8", "192.0.2.1:80"}, {"example.com"}});
  CHECK(policy.blocks_networks());
  CHECK(policy.block_of_address(*address_of("10.0.0.1"), 443) == "block 10.0.0.0/8");
  CHECK(policy.block_of_address(*address_of("192.0.2.1"), 80) == "block 192.0.2.1:80");
  CHECK(policy.block_of_address(*address_of("192.0.2.1"), 443).empty());
  CHECK_FALSE(Policy({{"example.com"}, {"10.0.0.0/8"}}).blocks_networks());
}

TEST_CASE("The first invalid pattern of a policy is reported") {
  CHECK(policy_error({{"example.com", "@trackers"}, {"*:443"}}).empty());
  CHECK(policy_error({{"a.test"}, {"b.test:0"}}).starts_with("pattern \"b.test:0\": its port"));
  CHECK(policy_error({{"@x"}, {}}).starts_with("pattern \"@x\": there is no such preset"));
}
