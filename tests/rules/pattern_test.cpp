// Tests of parsing rules and of the advice for invalid ones.
#include "rules/pattern.hpp"

#include "rules/pattern_advice.hpp"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

using namespace aluvia::rules;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

struct Good {
  std::string_view rule;
  bool excludes;
  PatternKind kind;
  std::string_view key;
};

struct Bad {
  std::string_view rule;
  PatternError error;
  std::string_view instead;  // what the warning tells to write
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("Every form of rule parses into its kind and its folded key") {
  const Good rules[] = {
      {"*", false, PatternKind::everything, ""},
      {"-*", true, PatternKind::everything, ""},
      {"example.com", false, PatternKind::exact, "example.com"},
      {"  Example.COM.\t", false, PatternKind::exact, "example.com"},
      {"-example.com", true, PatternKind::exact, "example.com"},
      {"- example.com", true, PatternKind::exact, "example.com"},
      {"localhost", false, PatternKind::exact, "localhost"},
      {"_sip.a-b.example", false, PatternKind::exact, "_sip.a-b.example"},
      {"*.Google.com", false, PatternKind::suffix, "google.com"},
      {"*.google.com.", false, PatternKind::suffix, "google.com"},
      {"*.com", false, PatternKind::suffix, "com"},
      {"-*.internal", true, PatternKind::suffix, "internal"},
      {"Google.*", false, PatternKind::prefix, "google"},
      {"www.google.*", false, PatternKind::prefix, "www.google"},
      {"-google.*", true, PatternKind::prefix, "google"},
      {"AUTO", false, PatternKind::automatic, ""},
      {" auto ", false, PatternKind::automatic, ""},
      {"-Auto", true, PatternKind::automatic, ""},
      {"AUTO\u00ad", false, PatternKind::automatic, ""},
      {"automatic", false, PatternKind::exact, "automatic"},
      {"192.0.2.7", false, PatternKind::exact, "192.0.2.7"},
      {"127.1", false, PatternKind::exact, "127.0.0.1"},
      {"0x7f.1", false, PatternKind::exact, "127.0.0.1"},
      {"0x7f.0x0.0x0.0x1", false, PatternKind::exact, "127.0.0.1"},
      {"example.0xzz", false, PatternKind::exact, "example.0xzz"},
      {"10.*", false, PatternKind::prefix, "10"},
      {"1.2.0x", false, PatternKind::exact, "1.2.0.0"},
      {"-0X", true, PatternKind::exact, "0.0.0.0"},
      {"bücher.example", false, PatternKind::exact, "xn--bcher-kva.example"},
      {"-BÜCHER.Example.", true, PatternKind::exact, "xn--bcher-kva.example"},
      {"*.bücher.example", false, PatternKind::suffix, "xn--bcher-kva.example"},
      {"-*.faß.example", true, PatternKind::suffix, "xn--fa-hia.example"},
      {"bücher.*", false, PatternKind::prefix, "xn--bcher-kva"},
      {"*。日本語。example。", false, PatternKind::suffix, "xn--wgv71a119e.example"},
      {"❤.example", false, PatternKind::exact, "xn--qei.example"},
      {"1.2.3.①", false, PatternKind::exact, "1.2.3.1"},
      {"1.2.3.4.example", false, PatternKind::exact, "1.2.3.4.example"},
      {"2001:DB8:0:0:0:0:0:1", false, PatternKind::exact, "2001:db8::1"},
      {"[2001:db8::1]", false, PatternKind::exact, "2001:db8::1"},
      {"-[::1]", true, PatternKind::exact, "::1"},
      {"::ffff:192.0.2.7", false, PatternKind::exact, "192.0.2.7"},
  };
  for (const Good& good : rules) {
    INFO(good.rule);
    const auto pattern = parse_pattern(good.rule);
    REQUIRE(pattern);
    CHECK(pattern->excludes == good.excludes);
    CHECK(pattern->kind == good.kind);
    CHECK(pattern->key == good.key);
  }
}

TEST_CASE("An invalid rule is rejected with its error and a suggestion") {
  const Bad rules[] = {
      {"", PatternError::empty, "example.com"},
      {" \t\r\n ", PatternError::empty, "example.com"},
      {"-", PatternError::lone_dash, "-example.com"},
      {" - ", PatternError::lone_dash, "-example.com"},
      {"https://example.com/", PatternError::scheme, "\"example.com\""},
      {"-https://example.com:8443/path?q#f", PatternError::scheme, "\"-example.com\""},
      {"HTTP://[2001:DB8::1]:80/", PatternError::scheme, "\"[2001:db8::1]\""},
      {"https://*.example.com/*", PatternError::scheme, "\"*.example.com\""},
      {"example.com/path", PatternError::path, "\"example.com\""},
      {"example.com/", PatternError::path, "\"example.com\""},
      {"10.0.0.0/8", PatternError::path, "\"10.0.0.0\""},
      {"example.com:443", PatternError::port, "\"example.com\""},
      {"*.example.com:443", PatternError::port, "\"*.example.com\""},
      {"[::1]:443", PatternError::port, "\"[::1]\""},
      {"[::1", PatternError::address, "an address like"},
      {"[::g]:443", PatternError::address, "an address like"},
      {"[]", PatternError::address, "an address like"},
      {"::1]:443", PatternError::address, "an address like"},
      {"a:b:443", PatternError::address, "an address like"},
      {":443", PatternError::port, "a host name like"},
      {"-example.com:", PatternError::port, "\"-example.com\""},
      {"example.com example.org", PatternError::space, "entry of its own"},
      {"example.com,example.org", PatternError::list, "entry of its own"},
      {"a.example;b.example", PatternError::list, "entry of its own"},
      {"－example.com", PatternError::not_ascii, "xn--"},
      {"exam*ple.com", PatternError::star, "(\"*.example.com\")"},
      {"a.*.com", PatternError::star, "(\"google.*\")"},
      {"*.google.*", PatternError::star, "(\"*\")"},
      {"**", PatternError::star, "(\"*\")"},
      {"*.*", PatternError::star, "(\"*\")"},
      {"*example.com", PatternError::star, "\"*.example.com\""},
      {"google*", PatternError::star, "\"google.*\""},
      {".example.com", PatternError::empty_label, "\"*.example.com\""},
      {"-.example.com", PatternError::empty_label, "\"-*.example.com\""},
      {"a..b", PatternError::empty_label, "host name"},
      {"example.com..", PatternError::empty_label, "host name"},
      {"*.", PatternError::empty_label, "host name"},
      {".*", PatternError::empty_label, "host name"},
      {".", PatternError::empty_label, "host name"},
      {"--example.com", PatternError::two_dashes, "\"-example.com\""},
      {"exa\nmple.com", PatternError::control, "host name"},
      {"example.com\0.evil"sv, PatternError::control, "host name"},
      {"exa\x7Fmple.com", PatternError::control, "host name"},
      {"b\xC3\xBC\u2028.example", PatternError::not_ascii, "xn--"},
      {"-*.\xFF\xFE.example", PatternError::not_ascii, "xn--"},
      {"b\xC3\xBC.example:443", PatternError::port, "\"bü.example\""},
      {"https://b\xC3\xBC.example/", PatternError::scheme, "\"bü.example\""},
      {"exam*pl\xC3\xA9.com", PatternError::star, "(\"*.example.com\")"},
      {"exa$mple.com", PatternError::character, "host name"},
      {"user@example.com", PatternError::character, "\"example.com\""},
      {"[::1", PatternError::address, "2001:db8::1"},
      {"[]", PatternError::address, "2001:db8::1"},
      {"1:2:3", PatternError::address, "2001:db8::1"},
      {"fe80::1%eth0", PatternError::address, "2001:db8::1"},
      {"[example.com]", PatternError::address, "2001:db8::1"},
      {"192.0.2.256", PatternError::address, "192.0.2.1"},
      {"example.123", PatternError::address, "192.0.2.1"},
  };
  for (const Bad& bad : rules) {
    INFO(bad.rule);
    const auto pattern = parse_pattern(bad.rule);
    REQUIRE_FALSE(pattern);
    CHECK(pattern.error() == bad.error);
    const std::string sentence = advice(bad.rule, pattern.error());
    INFO(sentence);
    CHECK(contains(sentence, bad.instead));
    CHECK(contains(sentence, "is ignored"));
  }
}

TEST_CASE("A rule may have at most the 253 bytes of a host name") {
  std::string longest(253, 'a');
  for (const std::size_t dot : {63U, 127U, 191U}) longest[dot] = '.';
  CHECK(parse_pattern(longest));
  CHECK(parse_pattern("-" + longest + "."));
  CHECK(parse_pattern("*." + longest));
  const auto longer = parse_pattern(longest + "a");
  REQUIRE_FALSE(longer);
  CHECK(longer.error() == PatternError::too_long);
  CHECK(parse_pattern(std::string(63, 'a') + ".example"));
  CHECK(parse_pattern(std::string(64, 'a') + ".example").error() == PatternError::long_label);
  std::string beyond_ascii;  // 120 bytes, and an A-label of 44
  for (int i = 0; i < 40; ++i) beyond_ascii += "日";
  CHECK(parse_pattern(beyond_ascii + "." + beyond_ascii + "." + beyond_ascii));
}

TEST_CASE("All spellings of one rule have one text") {
  for (const std::string_view rule :
       {"-*.bücher.example", " -*.BÜCHER.example. ", "- *.xn--bcher-kva.example"}) {
    CHECK(to_text(parse_pattern(rule).value()) == "-*.xn--bcher-kva.example");
  }
  CHECK(to_text(parse_pattern("127.1").value()) == "127.0.0.1");
  CHECK(to_text(parse_pattern("- auto").value()) == "-AUTO");
  CHECK(to_text(parse_pattern("-*").value()) == "-*");
  CHECK(to_text(parse_pattern("Google.*").value()) == "google.*");
}

TEST_CASE("A warning is one short printable line and shows no password of a pasted URL") {
  const std::string rule = "https://user:hunter2-secret@example.com/\n\x1B[31m";
  const auto pattern = parse_pattern(rule);
  REQUIRE_FALSE(pattern);
  const std::string sentence = advice(rule, pattern.error());
  CHECK_FALSE(contains(sentence, "hunter2"));
  CHECK_FALSE(contains(sentence, "user:"));
  CHECK_FALSE(contains(sentence, "\n"));
  CHECK_FALSE(contains(sentence, "\x1B"));
  CHECK(contains(sentence, "\\x1b"));
  CHECK(advice(std::string(1'000'000, 'a'), PatternError::too_long).size() < 300);
}

TEST_CASE("A text in quotes shows no userinfo, and a name that begins with @ whole") {
  CHECK(quoted_rule("@trackers") == "\"@trackers\"");
  CHECK(quoted_rule("a.test") == "\"a.test\"");
  CHECK(quoted_rule("user:secret@a.test") == "\"…@a.test\"");
}

TEST_CASE("A warning shortens a long rule between two characters, never inside one") {
  // The umlaut lies across the last byte that is shown, or ends with it.
  for (const auto& [letters, shown] : {std::pair{79U, 79U}, std::pair{78U, 80U}, std::pair{80U, 80U}}) {
    const std::string rule = std::string(letters, 'a') + "\xC3\xBC b.example";
    const std::string sentence = advice(rule, PatternError::space);
    CHECK(contains(sentence, "\"" + rule.substr(0, shown) + "…\""));
  }
  CHECK(contains(advice(std::string(100, '\x80'), PatternError::not_ascii), "\"…\""));
}

TEST_CASE("Every suggestion is a valid rule") {
  for (const std::string_view rule :
       {"https://a.example/x"sv, ".b.example"sv, "-c.example:1"sv, "d*"sv, "*e.example"sv}) {
    const auto pattern = parse_pattern(rule);
    REQUIRE_FALSE(pattern);
    const std::string sentence = advice(rule, pattern.error());
    const auto from = sentence.find("write \"") + "write \""s.size();
    CHECK(parse_pattern(sentence.substr(from, sentence.rfind('"') - from)));
  }
}
