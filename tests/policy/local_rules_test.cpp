// Tests of local rules beside those of an account, whose meaning (specification §5.4) they leave alone.
#include "policy/local_rules.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia;
using policy::LocalRules;
using rules::Route;

namespace {

using Texts = std::vector<std::string>;

struct Row {
  Texts account;
  std::string_view host;
  Route route;
};

struct Mixed {
  Texts account;
  Texts local;
  std::string_view host;
  std::uint16_t port;
  Route route;
  std::string_view rule;
};

rules::RuleSet compiled(const Texts& texts, const Texts& auto_hosts = {}) {
  std::vector<std::string> warnings;
  return rules::RuleSet::compile(texts, auto_hosts, warnings);
}

}  // namespace

TEST_CASE(
    "The rules of an account mean what the specification says, with and without local rules beside them") {
  const Row rows[] = {
      {{}, "example.com", Route::direct},
      {{"*"}, "example.com", Route::gateway},
      {{"*"}, "10.0.0.1", Route::gateway},
      {{"example.com"}, "example.com", Route::gateway},
      {{"example.com"}, "www.example.com", Route::direct},
      {{"example.com"}, "example.org", Route::direct},
      {{"*.google.com"}, "foo.google.com", Route::gateway},
      {{"*.google.com"}, "bar.foo.google.com", Route::gateway},
      {{"*.google.com"}, "google.com", Route::direct},
      {{"google.*"}, "google.com", Route::gateway},
      {{"google.*"}, "google.co.uk", Route::gateway},
      {{"google.*"}, "www.google.com", Route::direct},
      {{"*", "-example.com"}, "example.com", Route::direct},
      {{"*", "-example.com"}, "www.example.com", Route::gateway},
      {{"-example.com", "*"}, "example.com", Route::direct},
      {{"AUTO"}, "auto.example", Route::gateway},
      {{"AUTO"}, "example.com", Route::direct},
      {{"AUTO", "-auto.example"}, "auto.example", Route::direct},
      {{"*", "-AUTO"}, "auto.example", Route::direct},
      {{"@trackers"}, "www.clarity.ms", Route::direct},
      {{"10.0.0.0/8"}, "10.0.0.1", Route::direct},
      {{"example.com:443"}, "example.com", Route::direct},
  };
  const LocalRules other = LocalRules::compile(Texts{"192.0.2.0/24", "-198.51.100.0/24:25", "-@trackers"});
  for (const Row& row : rows) {
    INFO(row.host << " by " << (row.account.empty() ? "" : row.account.front()));
    const auto set = compiled(row.account, {"auto.example"});
    CHECK(set.match(row.host).route == row.route);
    CHECK(match(set, LocalRules(), row.host, 443).route == row.route);
    const rules::Match beside = match(set, other, row.host, 443);
    CHECK(beside.route == row.route);
    if (row.host != "www.clarity.ms") CHECK(beside.rule == set.match(row.host).rule);
  }
}

TEST_CASE("An exclusion wins over every inclusion, of the account and of this proxy") {
  const Mixed rows[] = {
      {{"*"}, {"-@trackers"}, "www.clarity.ms", 443, Route::direct, "-@trackers"},
      {{"*"}, {"-@trackers"}, "example.com", 443, Route::gateway, "*"},
      {{}, {"@trackers"}, "www.clarity.ms", 443, Route::gateway, "@trackers"},
      {{"-www.clarity.ms"}, {"@trackers"}, "www.clarity.ms", 443, Route::direct, "-www.clarity.ms"},
      {{}, {"@trackers", "-www.clarity.ms:443"}, "www.clarity.ms", 443, Route::direct, "-www.clarity.ms:443"},
      {{}, {"@trackers", "-www.clarity.ms:443"}, "www.clarity.ms", 80, Route::gateway, "@trackers"},
      {{}, {"10.0.0.0/8"}, "10.1.2.3", 80, Route::gateway, "10.0.0.0/8"},
      {{"*"}, {"-10.0.0.0/8"}, "10.1.2.3", 80, Route::direct, "-10.0.0.0/8"},
      {{}, {"*:8443"}, "example.com", 8443, Route::gateway, "*:8443"},
      {{}, {"*:8443"}, "example.com", 443, Route::direct, ""},
      {{"www.clarity.ms"}, {"@trackers"}, "www.clarity.ms", 443, Route::gateway, "www.clarity.ms"},
  };
  for (const Mixed& row : rows) {
    INFO(row.host << ":" << row.port);
    const auto account = compiled(row.account);
    const auto local = LocalRules::compile(row.local);
    const auto found = match(account, local, row.host, row.port);
    CHECK(found.route == row.route);
    CHECK(found.rule == row.rule);
  }
}

TEST_CASE("A rule that an account can have is left to the rule set") {
  for (const std::string_view rule : {"*", "-example.com", "AUTO", "10.0.0.1", "-::1", "google.*"}) {
    INFO(rule);
    CHECK(policy::local_rule_error(rule).empty());
    CHECK_FALSE(policy::is_beyond_rules(rule));
  }
  for (const std::string_view rule : {"@trackers", "- @trackers", "-10.0.0.0/8", "*:25", "[::1]:80"}) {
    INFO(rule);
    CHECK(policy::local_rule_error(rule).empty());
    CHECK(policy::is_beyond_rules(rule));
  }
  CHECK(policy::canonical_local_rule("- @Trackers") == "-@trackers");
  CHECK(LocalRules::compile(Texts{"*", "AUTO", "-example.com"}).size() == 0);
}

TEST_CASE("An invalid local rule has a sentence") {
  CHECK(policy::local_rule_error("-@trackres") ==
        "pattern \"@trackres\": there is no such preset; did you mean @trackers?");
  CHECK(policy::local_rule_error("-10.0.0.1/8").starts_with("pattern \"10.0.0.1/8\": it has bits set"));
  CHECK(policy::local_rule_error("https://example.com/x") ==
        "rule \"https://example.com/x\": it is a URL, and rules are host names; write \"example.com\"");
  CHECK(policy::local_rule_error("--example.com").starts_with("rule \"--example.com\": it begins with two"));
}
