#include "control/rule_edit.hpp"

#include "base/ascii.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace aluvia;
using namespace aluvia::control;
using namespace aluvia::config;

TEST_CASE("Rules are added at the end, trimmed, and none twice") {
  const Rules more{" b.test ", "A.TEST", "b.test"};
  CHECK(with_rules({"a.test"}, more) == Rules{"a.test", "b.test"});
}

TEST_CASE("Other rules stay as written, duplicates and white space too") {
  const Rules less{"B.test"};
  CHECK(without_rules({" A.test", "b.test", "A.test", " b.TEST"}, less) == Rules{" A.test", "A.test"});
}

TEST_CASE("A rule outside ASCII and its A-labels are one rule, and the text that was given first stays") {
  const Rules account{"-*.bücher.example", "xn--fa-hia.example", "127.1"};
  const Rules same{"-*.xn--bcher-kva.example", "FAß.example", "127.0.0.1."};
  CHECK(with_rules(account, same) == account);
  CHECK(without_rules(account, same).empty());
  CHECK(first_absent(account, same) == nullptr);
  const Rules other{"*.bücher.example"};
  CHECK(first_absent(account, other) == &other[0]);
}

TEST_CASE("The first rule that is not there is named") {
  const Rules named{"a.test", "c.test", "d.test"};
  const auto* missing = first_absent({"A.test"}, named);
  REQUIRE(missing);
  CHECK(*missing == "c.test");
  CHECK(first_absent({"a.test", "c.test", "d.test"}, named) == nullptr);
}

TEST_CASE("An edit that names nothing or nonsense has a complaint") {
  CHECK_FALSE(edit_error(AddRules{}).empty());
  CHECK_FALSE(edit_error(RemoveRules{}).empty());
  CHECK_FALSE(edit_error(AddLocalRules{{"a b"}}).empty());
  CHECK_FALSE(edit_error(SetGeo{std::string(51, 'x')}).empty());
  CHECK_FALSE(edit_error(SetSession{"a-b"}).empty());
  CHECK(edit_error(SetRules{}).empty());
  CHECK(edit_error(SetGeo{}).empty());
  CHECK(edit_error(SetSession{}).empty());
  CHECK(edit_error(RotateSession{}).empty());
  CHECK(edit_error(RemoveRules{{"no rule at all"}}).empty());
}

TEST_CASE("A fresh session id is one that the API takes, and another one each time") {
  const auto id = make_session_id();
  CHECK(id.size() == 16);
  CHECK(std::all_of(id.begin(), id.end(), ascii::is_alnum));
  CHECK(id != make_session_id());
}
