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
  Fault fault;
  std::string_view instead;  // what the warning tells to write
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("every form of rule parses into its kind and its folded key") {
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

TEST_CASE("a text that is no rule is refused with its fault and a better rule where one can be guessed") {
  const Bad rules[] = {
      {"", Fault::empty, "example.com"},
      {" \t\r\n ", Fault::empty, "example.com"},
      {"-", Fault::lone_dash, "-example.com"},
      {" - ", Fault::lone_dash, "-example.com"},
      {"https://example.com/", Fault::scheme, "\"example.com\""},
      {"-https://example.com:8443/path?q#f", Fault::scheme, "\"-example.com\""},
      {"HTTP://[2001:DB8::1]:80/", Fault::scheme, "\"[2001:db8::1]\""},
      {"https://*.example.com/*", Fault::scheme, "\"*.example.com\""},
      {"example.com/path", Fault::path, "\"example.com\""},
      {"example.com/", Fault::path, "\"example.com\""},
      {"10.0.0.0/8", Fault::path, "\"10.0.0.0\""},
      {"example.com:443", Fault::port, "\"example.com\""},
      {"*.example.com:443", Fault::port, "\"*.example.com\""},
      {"[::1]:443", Fault::port, "\"[::1]\""},
      {"[::1", Fault::address, "an address like"},
      {"[::g]:443", Fault::address, "an address like"},
      {"[]", Fault::address, "an address like"},
      {"::1]:443", Fault::address, "an address like"},
      {"a:b:443", Fault::address, "an address like"},
      {":443", Fault::port, "a host name like"},
      {"-example.com:", Fault::port, "\"-example.com\""},
      {"example.com example.org", Fault::space, "entry of its own"},
      {"example.com,example.org", Fault::list, "entry of its own"},
      {"a.example;b.example", Fault::list, "entry of its own"},
      {"－example.com", Fault::not_ascii, "xn--"},
      {"exam*ple.com", Fault::star, "(\"*.example.com\")"},
      {"a.*.com", Fault::star, "(\"google.*\")"},
      {"*.google.*", Fault::star, "(\"*\")"},
      {"**", Fault::star, "(\"*\")"},
      {"*.*", Fault::star, "(\"*\")"},
      {"*example.com", Fault::star, "\"*.example.com\""},
      {"google*", Fault::star, "\"google.*\""},
      {".example.com", Fault::empty_label, "\"*.example.com\""},
      {"-.example.com", Fault::empty_label, "\"-*.example.com\""},
      {"a..b", Fault::empty_label, "host name"},
      {"example.com..", Fault::empty_label, "host name"},
      {"*.", Fault::empty_label, "host name"},
      {".*", Fault::empty_label, "host name"},
      {".", Fault::empty_label, "host name"},
      {"--example.com", Fault::two_dashes, "\"-example.com\""},
      {"exa\nmple.com", Fault::control, "host name"},
      {"example.com\0.evil"sv, Fault::control, "host name"},
      {"exa\x7Fmple.com", Fault::control, "host name"},
      {"b\xC3\xBC\u2028.example", Fault::not_ascii, "xn--"},
      {"-*.\xFF\xFE.example", Fault::not_ascii, "xn--"},
      {"b\xC3\xBC.example:443", Fault::port, "\"bü.example\""},
      {"https://b\xC3\xBC.example/", Fault::scheme, "\"bü.example\""},
      {"exam*pl\xC3\xA9.com", Fault::star, "(\"*.example.com\")"},
      {"exa$mple.com", Fault::character, "host name"},
      {"user@example.com", Fault::character, "\"example.com\""},
      {"[::1", Fault::address, "2001:db8::1"},
      {"[]", Fault::address, "2001:db8::1"},
      {"1:2:3", Fault::address, "2001:db8::1"},
      {"fe80::1%eth0", Fault::address, "2001:db8::1"},
      {"[example.com]", Fault::address, "2001:db8::1"},
      {"192.0.2.256", Fault::address, "192.0.2.1"},
      {"example.123", Fault::address, "192.0.2.1"},
  };
  for (const Bad& bad : rules) {
    INFO(bad.rule);
    const auto pattern = parse_pattern(bad.rule);
    REQUIRE_FALSE(pattern);
    CHECK(pattern.error() == bad.fault);
    const std::string sentence = advice(bad.rule, pattern.error());
    INFO(sentence);
    CHECK(contains(sentence, bad.instead));
    CHECK(contains(sentence, "left out"));
  }
}

TEST_CASE("a rule may have the 253 bytes of a host name and not one more") {
  std::string longest(253, 'a');
  for (const std::size_t dot : {63U, 127U, 191U}) longest[dot] = '.';
  CHECK(parse_pattern(longest));
  CHECK(parse_pattern("-" + longest + "."));
  CHECK(parse_pattern("*." + longest));
  const auto longer = parse_pattern(longest + "a");
  REQUIRE_FALSE(longer);
  CHECK(longer.error() == Fault::too_long);
  CHECK(parse_pattern(std::string(63, 'a') + ".example"));
  CHECK(parse_pattern(std::string(64, 'a') + ".example").error() == Fault::long_label);
  std::string beyond_ascii;  // 120 bytes, and an A-label of 44
  for (int i = 0; i < 40; ++i) beyond_ascii += "日";
  CHECK(parse_pattern(beyond_ascii + "." + beyond_ascii + "." + beyond_ascii));
}

TEST_CASE("two spellings of one rule have one text") {
  for (const std::string_view rule :
       {"-*.bücher.example", " -*.BÜCHER.example. ", "- *.xn--bcher-kva.example"}) {
    CHECK(to_text(parse_pattern(rule).value()) == "-*.xn--bcher-kva.example");
  }
  CHECK(to_text(parse_pattern("127.1").value()) == "127.0.0.1");
  CHECK(to_text(parse_pattern("- auto").value()) == "-AUTO");
  CHECK(to_text(parse_pattern("-*").value()) == "-*");
  CHECK(to_text(parse_pattern("Google.*").value()) == "google.*");
}

TEST_CASE("a warning is one short printable line and shows no password of a pasted URL") {
  const std::string rule = "https://user:hunter2-secret@example.com/\n\x1B[31m";
  const auto pattern = parse_pattern(rule);
  REQUIRE_FALSE(pattern);
  const std::string sentence = advice(rule, pattern.error());
  CHECK_FALSE(contains(sentence, "hunter2"));
  CHECK_FALSE(contains(sentence, "user:"));
  CHECK_FALSE(contains(sentence, "\n"));
  CHECK_FALSE(contains(sentence, "\x1B"));
  CHECK(contains(sentence, "\\x1b"));
  CHECK(advice(std::string(1'000'000, 'a'), Fault::too_long).size() < 300);
}

TEST_CASE("a warning shortens a long rule between two characters, never inside one") {
  // The umlaut lies across the last byte that is shown, or ends with it.
  for (const auto& [letters, shown] : {std::pair{79U, 79U}, std::pair{78U, 80U}, std::pair{80U, 80U}}) {
    const std::string rule = std::string(letters, 'a') + "\xC3\xBC b.example";
    const std::string sentence = advice(rule, Fault::space);
    CHECK(contains(sentence, "\"" + rule.substr(0, shown) + "…\""));
  }
  CHECK(contains(advice(std::string(100, '\x80'), Fault::not_ascii), "\"…\""));
}

TEST_CASE("what a warning tells to write is a rule itself") {
  for (const std::string_view rule :
       {"https://a.example/x"sv, ".b.example"sv, "-c.example:1"sv, "d*"sv, "*e.example"sv}) {
    const auto pattern = parse_pattern(rule);
    REQUIRE_FALSE(pattern);
    const std::string sentence = advice(rule, pattern.error());
    const auto from = sentence.find("write \"") + "write \""s.size();
    CHECK(parse_pattern(sentence.substr(from, sentence.rfind('"') - from)));
  }
}
