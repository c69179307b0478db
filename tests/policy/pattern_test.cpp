// Tests of parsing patterns of the policy, and of the sentence for each invalid one.
#include "policy/pattern.hpp"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

using namespace aluvia::policy;

namespace {

struct Good {
  std::string_view text;
  std::string_view canonical;
  bool is_beyond_rules = false;
};

struct Bad {
  std::string_view text;
  std::string_view sentence;
};

}  // namespace

TEST_CASE("Every form of pattern parses into its canonical text") {
  const Good patterns[] = {
      {"*", "*"},
      {" Example.COM. ", "example.com"},
      {"*.Example.com", "*.example.com"},
      {"google.*", "google.*"},
      {"b\u00fccher.example", "xn--bcher-kva.example"},
      {"192.0.2.1", "192.0.2.1"},
      {"0x7f.1", "127.0.0.1"},
      {"::1", "::1"},
      {"[2001:DB8::1]", "2001:db8::1"},
      {"::ffff:10.0.0.1", "10.0.0.1"},
      {"example.com:443", "example.com:443", true},
      {"*:25", "*:25", true},
      {"*.example.com:8443", "*.example.com:8443", true},
      {"192.0.2.1:80", "192.0.2.1:80", true},
      {"[::1]:80", "[::1]:80", true},
      {"10.0.0.0/8", "10.0.0.0/8", true},
      {"0.0.0.0/0", "0.0.0.0/0", true},
      {"10.0.0.1/32", "10.0.0.1"},
      {"10.0.0.0/8:443", "10.0.0.0/8:443", true},
      {"fd00::/8", "fd00::/8", true},
      {"FD00:0::/8", "fd00::/8", true},
      {"::/0", "::/0", true},
      {"[fd00::/8]", "fd00::/8", true},
      {"[fd00::/8]:443", "[fd00::/8]:443", true},
      {"@trackers", "@trackers", true},
      {"@Browser-Background", "@browser-background", true},
  };
  for (const Good& good : patterns) {
    INFO(good.text);
    const auto pattern = parse_pattern(good.text);
    REQUIRE(pattern);
    CHECK(to_text(*pattern) == good.canonical);
    CHECK(canonical_text(good.text) == good.canonical);
    CHECK(pattern->is_beyond_rules() == good.is_beyond_rules);
  }
}

TEST_CASE("Every invalid pattern has a sentence that says what to write instead") {
  const Bad patterns[] = {
      {"", "pattern \"\": it is empty; write a host name like \"example.com\""},
      {"10.0.0.1/8",
       "pattern \"10.0.0.1/8\": it has bits set behind its prefix; write \"10.0.0.0/8\" for the network, or "
       "\"10.0.0.1\" for the address"},
      {"fd00::1/8",
       "pattern \"fd00::1/8\": it has bits set behind its prefix; write \"fd00::/8\" for the network, or "
       "\"fd00::1\" for the address"},
      {"10.0.0.0/33",
       "pattern \"10.0.0.0/33\": its prefix is no number from 0 to 32; write one like \"10.0.0.0/8\""},
      {"10.0.0.0/",
       "pattern \"10.0.0.0/\": its prefix is no number from 0 to 32; write one like \"10.0.0.0/8\""},
      {"fd00::/129",
       "pattern \"fd00::/129\": its prefix is no number from 0 to 128; write one like \"fd00::/8\""},
      {"10.0/8", "pattern \"10.0/8\": it is no network; write one like \"10.0.0.0/8\" or \"fd00::/8\""},
      {"10/8", "pattern \"10/8\": it is no network; write one like \"10.0.0.0/8\" or \"fd00::/8\""},
      {"10.0.0.256/8",
       "pattern \"10.0.0.256/8\": it is no network; write one like \"10.0.0.0/8\" or \"fd00::/8\""},
      {"example.com:99999",
       "pattern \"example.com:99999\": its port is no number from 1 to 65535; write one like "
       "\"example.com:443\""},
      {"example.com:0",
       "pattern \"example.com:0\": its port is no number from 1 to 65535; write one like "
       "\"example.com:443\""},
      {"example.com:https",
       "pattern \"example.com:https\": its port is no number from 1 to 65535; write one like "
       "\"example.com:443\""},
      {"example.com:",
       "pattern \"example.com:\": its port is no number from 1 to 65535; write one like \"example.com:443\""},
      {"@trackres", "pattern \"@trackres\": there is no such preset; did you mean @trackers?"},
      {"@nothing",
       "pattern \"@nothing\": there is no such preset; write one of @browser-background, @trackers"},
      {"@trackers:443", "pattern \"@trackers:443\": a preset takes no port; write it without one"},
      {"-example.com",
       "pattern \"-example.com\": it begins with a dash, which only rules may; write it without"},
      {"AUTO", "pattern \"AUTO\": AUTO is a rule and no pattern; name the hosts"},
      {"https://example.com/x",
       "pattern \"https://example.com/x\": it is a URL, and rules are host names; write \"example.com\""},
      {"example.com/path",
       "pattern \"example.com/path\": it contains a path, and rules are host names; write \"example.com\""},
      {"exa*mple.com",
       "pattern \"exa*mple.com\": its * is in a position without meaning; write it alone (\"*\"), first "
       "(\"*.example.com\") or last (\"google.*\")"},
      {"1.2.3.4.5",
       "pattern \"1.2.3.4.5\": it looks like an IP address and is not valid; write an address like "
       "\"192.0.2.1\" or \"2001:db8::1\""},
      {"fe80::1%eth0",
       "pattern \"fe80::1%eth0\": it looks like an IP address and is not valid; write an address like "
       "\"192.0.2.1\" or \"2001:db8::1\""},
  };
  for (const Bad& bad : patterns) {
    INFO(bad.text);
    const auto pattern = parse_pattern(bad.text);
    REQUIRE_FALSE(pattern);
    CHECK(pattern.error() == bad.sentence);
  }
}

TEST_CASE("The sentence for a pasted URL shows no password") {
  for (const std::string_view text : {"https://me:secret@example.com/", "me:secret@example.com"}) {
    const auto pattern = parse_pattern(text);
    REQUIRE_FALSE(pattern);
    CHECK(pattern.error().find("secret") == std::string::npos);
  }
}

TEST_CASE("A match shows a name outside ASCII with its A-labels") {
  const auto pattern = parse_pattern("b\u00fccher.example:443");
  REQUIRE(pattern);
  CHECK(shown(" b\u00fccher.example:443", *pattern) == "b\u00fccher.example:443 (xn--bcher-kva.example:443)");
}
