// Tests the text about a change: what is new, what was there already, and when it counts.
#include "admin/change_report.hpp"

#include "sample.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::admin;
using namespace aluvia::admin::test;
namespace config = aluvia::config;
using Texts = std::vector<std::string>;

namespace {

std::string report(const config::Edit& edit, const config::Snapshot& before, const config::Snapshot& now) {
  return ChangeReport(edit).text({now, {}, before});
}

config::Snapshot with_session(std::optional<std::string> id) {
  config::UserResponse user;
  user.session_id = std::move(id);
  Texts warnings;
  return config::make_snapshot(user, {}, {}, "", 7, warnings);
}

config::Snapshot with_geo(std::optional<std::string> geo) {
  config::UserResponse user;
  user.target_geo = std::move(geo);
  Texts warnings;
  return config::make_snapshot(user, {}, {}, "", 7, warnings);
}

}  // namespace

TEST_CASE("Added rules are named with the new total, and those that were there are not") {
  const auto one = snapshot({"a.test"});
  const auto two = snapshot({"a.test", "cart.test"});
  CHECK(report(config::AddRules{{" cart.test"}}, one, two) == "Added cart.test (2 rules). In force now.\n");
  CHECK(report(config::AddRules{{"A.test", "cart.test"}}, one, two) ==
        "Added cart.test (2 rules). In force now.\n");
  CHECK(report(config::AddRules{{"cart.test"}}, two, two) ==
        "cart.test is already there (2 rules). Nothing changed.\n");
  CHECK(report(config::AddRules{{"a.test", "cart.test"}}, two, two) ==
        "a.test, cart.test are already there (2 rules). Nothing changed.\n");
  CHECK(report(config::AddRules{{"b", "c", "d", "e", "f"}}, one,
               snapshot({"a.test", "b", "c", "d", "e", "f"})) ==
        "Added b, c, d and 2 more (6 rules). In force now.\n");
  CHECK(report(config::AddLocalRules{{"x.test"}}, one, snapshot({"a.test"}, {"x.test"})) ==
        "Added x.test for this proxy only (1 local rule). In force now.\n");
}

TEST_CASE("Removed rules are named with the number that is left") {
  CHECK(report(config::RemoveRules{{"b.test"}}, snapshot({"a.test", "b.test"}), snapshot({"a.test"})) ==
        "Removed b.test (1 rule left). In force now.\n");
  CHECK(report(config::RemoveLocalRules{{"x.test"}}, snapshot({}, {"x.test"}), snapshot({})) ==
        "Removed x.test for this proxy only (0 local rules left). In force now.\n");
}

TEST_CASE("A whole list is named in short, and told from the same list") {
  const auto before = snapshot({"a.test"});
  const auto now = snapshot({"*", "-b.test"});
  const config::SetRules set{{"*", "-b.test"}};
  CHECK(report(set, before, now) == "The rules are now *, -b.test (2 rules). In force now.\n");
  CHECK(report(set, now, now) == "The rules are already *, -b.test (2 rules). Nothing changed.\n");
  CHECK(report(config::SetRules{}, before, snapshot({})) == "There are no rules now.\n");
}

TEST_CASE("Cleared rules are listed, so that they can be added again") {
  CHECK(ChangeReport(config::ClearRules{}).text({snapshot({}), Texts{"a.test", "-b.test"}, snapshot()}) ==
        "removed  a.test\nremoved  -b.test\nRemoved 2 rules. In force now.\n");
  CHECK(ChangeReport(config::ClearRules{true}).text({snapshot({}), Texts{}, snapshot()}) ==
        "There are no local rules to remove. Nothing changed.\n");
}

TEST_CASE("A new geo or session says where the next gateway connection leaves from") {
  CHECK(report(config::SetGeo{"us-ca"}, with_geo("us-ny"), with_geo("us-ca")) ==
        "Geo is now us-ca: the next gateway connection leaves from there.\n");
  CHECK(report(config::SetGeo{"us-ca"}, with_geo("us-ca"), with_geo("us-ca")) ==
        "Geo is already us-ca. Nothing changed.\n");
  CHECK(report(config::SetGeo{}, with_geo("us-ca"), with_geo({})) ==
        "The geo is cleared: Aluvia chooses where gateway traffic comes out.\n");
  CHECK(report(config::SetGeo{}, with_geo({}), with_geo({})) == "No geo is set. Nothing changed.\n");
  const std::string next = "the next gateway connection leaves from another address.\n";
  CHECK(report(config::RotateSession{}, with_session({}), with_session("7fexabcdefghijkl")) ==
        "New session 7fex…: " + next);
  CHECK(report(config::SetSession{"own"}, with_session({}), with_session("own")) ==
        "New session own: " + next);
  CHECK(report(config::SetSession{"own"}, with_session("own"), with_session("own")) ==
        "The session is already own. Nothing changed.\n");
  CHECK(report(config::SetSession{}, with_session("own"), with_session({})) ==
        "The session is cleared: " + next);
  CHECK(report(config::SetSession{}, with_session({}), with_session({})) ==
        "No session is set. Nothing changed.\n");
}

TEST_CASE("A refresh says whether the API had something new") {
  CHECK(refreshed_text(7, *snapshot()) ==
        "The configuration is still version 7 (1 rule). Nothing changed.\n");
  CHECK(refreshed_text(6, *snapshot()) == "Fetched configuration version 7 (1 rule). In force now.\n");
}
