// Tests of the decisions of a rule set.
#include "rules/rule_set.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using aluvia::rules::Match;
using aluvia::rules::Route;
using aluvia::rules::RuleSet;

namespace {

using Texts = std::vector<std::string>;

RuleSet compiled(const Texts& rules, const Texts& auto_hostnames = {}) {
  Texts warnings;
  RuleSet set = RuleSet::compile(rules, auto_hostnames, warnings);
  CHECK(warnings == Texts{});
  return set;
}

// The deciding rule with its route, as one word: "gateway *", "direct -x", "direct".
std::string decision(const RuleSet& set, std::string_view host) {
  const Match match = set.match(host);
  const std::string route(aluvia::rules::name(match.route));
  return match.rule.empty() ? route : route + " " + std::string(match.rule);
}

}  // namespace

TEST_CASE("Without rules everything goes direct") {
  CHECK(decision(RuleSet(), "example.com") == "direct");
  CHECK(RuleSet().size() == 0);
  CHECK(decision(compiled({}), "example.com") == "direct");
}

TEST_CASE("The examples of the specification decide as specified") {
  CHECK(decision(compiled({"*"}), "example.com") == "gateway *");

  const RuleSet exact = compiled({"example.com"});
  CHECK(decision(exact, "example.com") == "gateway example.com");
  CHECK(decision(exact, "www.example.com") == "direct");
  CHECK(decision(exact, "example.com.evil.test") == "direct");

  const RuleSet below = compiled({"*.google.com"});
  CHECK(decision(below, "foo.google.com") == "gateway *.google.com");
  CHECK(decision(below, "a.b.google.com") == "gateway *.google.com");
  CHECK(decision(below, "google.com") == "direct");
  CHECK(decision(below, "notgoogle.com") == "direct");

  const RuleSet begins = compiled({"google.*"});
  CHECK(decision(begins, "google.com") == "gateway google.*");
  CHECK(decision(begins, "google.co.uk") == "gateway google.*");
  CHECK(decision(begins, "google.evil.test") == "gateway google.*");
  CHECK(decision(begins, "www.google.com") == "direct");
  CHECK(decision(begins, "google") == "direct");
  CHECK(decision(begins, "googleapis.com") == "direct");

  const RuleSet all_but_one = compiled({"*", "-example.com"});
  CHECK(decision(all_but_one, "example.com") == "direct -example.com");
  CHECK(decision(all_but_one, "www.example.com") == "gateway *");
}

TEST_CASE("An exclusion wins over every inclusion, however specific and wherever it stands") {
  const RuleSet set = compiled({"-*.example.com", "a.example.com", "*", "-10.*", "10.0.0.1"});
  CHECK(decision(set, "a.example.com") == "direct -*.example.com");
  CHECK(decision(set, "10.0.0.1") == "direct -10.*");
  CHECK(decision(set, "example.com") == "gateway *");
  CHECK(decision(compiled({"a.example", "-*"}), "a.example") == "direct -*");
  CHECK(decision(compiled({"AUTO", "-*"}, {"a.example"}), "a.example") == "direct -*");
}

TEST_CASE("A list of exclusions only proxies nothing") {
  const RuleSet set = compiled({"-example.com", "-*.internal"});
  CHECK(decision(set, "example.com") == "direct -example.com");
  CHECK(decision(set, "db.internal") == "direct -*.internal");
  CHECK(decision(set, "example.org") == "direct");
}

TEST_CASE("The most specific matching rule is reported") {
  const Texts rules = {"*", "AUTO", "www.*", "www.b.*", "*.c", "*.b.c", "www.b.c"};
  const Texts preset = {"www.b.c", "only.auto", "www.z"};
  const auto named = [&](std::size_t first_left_out) {
    return decision(
        compiled({rules.begin(), rules.begin() + static_cast<std::ptrdiff_t>(first_left_out)}, preset),
        "www.b.c");
  };
  CHECK(named(7) == "gateway www.b.c");
  CHECK(named(6) == "gateway *.b.c");
  CHECK(named(5) == "gateway *.c");
  CHECK(named(4) == "gateway www.b.*");
  CHECK(named(3) == "gateway www.*");
  CHECK(named(2) == "gateway AUTO");
  CHECK(named(1) == "gateway *");
}

TEST_CASE("Rules outside ASCII decide about the A-labels in requests, exclusions first") {
  const RuleSet set = compiled({"*", "-bücher.example", "-*.faß.example", "日本.*"});
  CHECK(decision(set, "xn--bcher-kva.example") == "direct -bücher.example (-xn--bcher-kva.example)");
  CHECK(decision(set, "www.xn--fa-hia.example") == "direct -*.faß.example (-*.xn--fa-hia.example)");
  CHECK(decision(set, "xn--wgv71a.example") == "gateway 日本.* (xn--wgv71a.*)");
  CHECK(decision(set, "fass.example") == "gateway *");
  CHECK(decision(compiled({"AUTO"}, {"bücher.example"}), "xn--bcher-kva.example") == "gateway AUTO");
}

TEST_CASE("AUTO stands for the API's hosts and patterns in any letter case") {
  for (const std::string word : {"AUTO", "auto", "Auto", " aUTO "}) {
    const RuleSet set = compiled({word}, {"shop.example", " *.Ticket.example", "bank.*"});
    CHECK(decision(set, "shop.example") == "gateway AUTO");
    CHECK(decision(set, "a.ticket.example") == "gateway AUTO");
    CHECK(decision(set, "bank.example") == "gateway AUTO");
    CHECK(decision(set, "other.example") == "direct");
    CHECK(decision(set, "auto") == "direct");
    CHECK(set.size() == 1);
  }
  CHECK(decision(compiled({"AUTO"}, {"*"}), "any.example") == "gateway AUTO");
}

TEST_CASE("AUTO without a list matches nothing, and a list without AUTO does nothing") {
  CHECK(decision(compiled({"AUTO", "a.example"}), "b.example") == "direct");
  CHECK(decision(compiled({"AUTO", "a.example"}), "a.example") == "gateway a.example");
  CHECK(decision(compiled({"a.example"}, {"b.example"}), "b.example") == "direct");
}

TEST_CASE("A rule set reports that it uses AUTO, included or excluded") {
  CHECK_FALSE(RuleSet().uses_auto());
  CHECK_FALSE(compiled({}).uses_auto());
  CHECK_FALSE(compiled({"auto.example"}, {"shop.example"}).uses_auto());
  CHECK(compiled({"a.example", "auto"}).uses_auto());
  CHECK(compiled({"*", "-AUTO"}, {"shop.example"}).uses_auto());
}

TEST_CASE("Excluding AUTO excludes the preset's hosts") {
  const RuleSet set = compiled({"*", "-auto"}, {"shop.example"});
  CHECK(decision(set, "shop.example") == "direct -AUTO");
  CHECK(decision(set, "other.example") == "gateway *");
  CHECK(decision(compiled({"AUTO", "-AUTO"}, {"shop.example"}), "shop.example") == "direct -AUTO");
}

TEST_CASE("Invalid entries of the preset are ignored with a warning, and only if AUTO is used") {
  const Texts preset = {"-a.example", "AUTO", "https://b.example/", "c.example"};
  Texts warnings;
  const Texts with_auto = {"AUTO", "*"};
  const RuleSet set = RuleSet::compile(with_auto, preset, warnings);
  CHECK(warnings.size() == 3);
  CHECK(decision(set, "a.example") == "gateway *");
  CHECK(decision(set, "c.example") == "gateway AUTO");

  warnings.clear();
  const Texts without_auto = {"*"};
  CHECK(RuleSet::compile(without_auto, preset, warnings).size() == 1);
  CHECK(warnings.empty());
}

TEST_CASE("Addresses match in the spelling in which requests carry them") {
  const RuleSet set = compiled({"[2001:DB8:0::1]", "fe80::2", "192.0.2.7", "-[::1]", "127.1"});
  CHECK(decision(set, "2001:db8::1") == "gateway [2001:DB8:0::1]");
  CHECK(decision(set, "fe80::2") == "gateway fe80::2");
  CHECK(decision(set, "192.0.2.7") == "gateway 192.0.2.7");
  CHECK(decision(set, "::1") == "direct -[::1]");
  CHECK(decision(set, "127.0.0.1") == "gateway 127.1");
  CHECK(decision(set, "192.0.2.70") == "direct");
}

TEST_CASE("The rule is reported as the user wrote it, in the first of several spellings") {
  const RuleSet set = compiled({"  Example.COM. ", "example.com", "*.Foo.test"});
  CHECK(decision(set, "example.com") == "gateway Example.COM.");
  CHECK(decision(set, "a.foo.test") == "gateway *.Foo.test");
  CHECK(set.size() == 3);
}

TEST_CASE("An invalid entry is ignored with one warning, and the others work") {
  const Texts rules = {"https://example.com/", "", "-", "good.example", "a b", "*.good.example"};
  Texts warnings = {"an earlier warning"};
  const RuleSet set = RuleSet::compile(rules, {}, warnings);
  CHECK(set.size() == 2);
  REQUIRE(warnings.size() == 5);
  CHECK(warnings[1].find("write \"example.com\"") != std::string::npos);
  CHECK(decision(set, "good.example") == "gateway good.example");
  CHECK(decision(set, "a.good.example") == "gateway *.good.example");
  CHECK(decision(set, "example.com") == "direct");
}

TEST_CASE("At most twenty warnings are given, and the rest is counted") {
  Texts warnings;
  RuleSet::compile(Texts(20, "a/b"), {}, warnings);
  CHECK(warnings.size() == 20);

  warnings.clear();
  RuleSet::compile(Texts(1'000, "a/b"), {}, warnings);
  REQUIRE(warnings.size() == 21);
  CHECK(warnings.back().find("980 more") == 0);
}

TEST_CASE("Unusual hosts match only the star") {
  const RuleSet set = compiled({"*.example.com", "google.*"});
  const std::string dots(100'000, '.');
  for (const std::string& host : {std::string(), std::string("."), std::string(".example.com"), dots,
                                  std::string(".google.com"), std::string("a\0b", 3)}) {
    CHECK(decision(set, host) == "direct");
  }
  CHECK(decision(set, dots + "x.example.com") == "gateway *.example.com");
  CHECK(decision(set, "google." + dots) == "gateway google.*");
  CHECK(decision(compiled({"*"}), "") == "gateway *");
}

TEST_CASE("A moved rule set keeps its rules and the texts that it gave") {
  RuleSet first = compiled({"*.example.com"});
  const Match before = first.match("a.example.com");
  RuleSet second = std::move(first);
  CHECK(before.rule == "*.example.com");
  CHECK(second.match("a.example.com").rule.data() == before.rule.data());
  first = RuleSet();
  CHECK(decision(first, "a.example.com") == "direct");
}

TEST_CASE("Learned hosts join AUTO, and lose against every exclusion") {
  std::vector<std::string> warnings;
  const std::vector<std::string> of_api{"listed.test"};
  const std::vector<std::string> learned{"shop.test",   "listed.test", "*",
                                         "*.wild.test", "-other.test", "no host"};
  const auto compile = [&](const std::vector<std::string>& rules) {
    return RuleSet::compile(rules, of_api, warnings, learned);
  };
  const auto with_auto = compile({"AUTO", "-excluded.test"});
  CHECK(with_auto.takes_auto());
  CHECK(with_auto.match("shop.test").route == Route::gateway);
  CHECK(with_auto.match("shop.test").rule == "AUTO (learned)");
  CHECK(with_auto.match("listed.test").rule == "AUTO");
  // A learned host is one name: patterns in the list are ignored.
  CHECK(with_auto.match("www.shop.test").route == Route::direct);
  CHECK(with_auto.match("a.wild.test").route == Route::direct);
  CHECK(with_auto.match("other.test").route == Route::direct);
  CHECK(compile({"AUTO", "-shop.test"}).match("shop.test").rule == "-shop.test");
  CHECK(compile({"AUTO", "-*.test"}).match("shop.test").rule == "-*.test");
  CHECK(compile({"AUTO", "shop.test"}).match("shop.test").rule == "shop.test");
  CHECK(compile({"AUTO", "*"}).match("shop.test").route == Route::gateway);

  const auto without = compile({"listed.test"});
  CHECK_FALSE(without.takes_auto());
  CHECK(without.match("shop.test").route == Route::direct);
  const auto excluded = compile({"*", "AUTO", "-AUTO"});
  CHECK_FALSE(excluded.takes_auto());
  CHECK(excluded.match("shop.test").rule == "-AUTO");
  CHECK(compile({"*", "-AUTO"}).match("shop.test").rule == "-AUTO");
  CHECK_FALSE(RuleSet().takes_auto());
  CHECK(warnings.empty());
}
