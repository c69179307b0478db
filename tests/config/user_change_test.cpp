// Tests of the body of a PATCH and of the checks before it is sent.
#include "config/user_change.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::config;

namespace {

using Rules = std::vector<std::string>;

bool says(const std::string& complaint, const char* part) {
  return complaint.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("A change encodes the present members only") {
  CHECK(encode_user_change({}) == "{}");
  CHECK(encode_user_change({Rules{"a.test", "-b.test"}, {}, {}}) == R"({"rules":["a.test","-b.test"]})");
  CHECK(encode_user_change({Rules{}, {}, {}}) == R"({"rules":[]})");
  CHECK(encode_user_change({{}, "abc123", {}}) == R"({"session_id":"abc123"})");
}

TEST_CASE("A value that is cleared is null") {
  const std::optional<std::string> none;
  CHECK(encode_user_change({{}, none, none}) == R"({"session_id":null,"target_geo":null})");
}

TEST_CASE("No text in a change can end its JSON early") {
  CHECK(encode_user_change({{}, {}, "a\"b\\c\n"}) == R"({"target_geo":"a\"b\\c\u000a"})");
}

TEST_CASE("An invalid rule is rejected with the right form") {
  CHECK(rule_error("*.example.com").empty());
  CHECK(rule_error("-AUTO").empty());
  CHECK(says(rule_error("a\r\nb.test"), "control character"));
  CHECK(says(rule_error("https://a.test/x"), "write \"a.test\""));
  CHECK(says(rule_error(std::string(300, 'a')), "longer than the 253 bytes"));
  CHECK_FALSE(says(rule_error(""), "is ignored"));
  CHECK_FALSE(rule_error("").empty());
}

TEST_CASE("Local rules may have networks, ports and presets; the account's may not") {
  const Rules wide{"10.0.0.0/8", "-*:25", "@trackers", "[::1]:80", "example.com"};
  CHECK(local_rules_error(wide).empty());
  for (const std::string& rule : wide) CHECK(rule_error(rule).empty() == (rule == "example.com"));
  CHECK(says(local_rules_error(Rules{"a.test", "example.com:99999"}), "no number from 1 to 65535"));
  CHECK(says(local_rules_error(Rules{"a b.test"}), "contains a space"));
  CHECK(says(local_rules_error(Rules(300'000, std::string(53, 'a'))), "the 300000 rules have"));
  CHECK(canonical_rule(" -Example.COM ") == "-example.com");
  CHECK(canonical_rule(" -10.0.0.0/8 ") == "-10.0.0.0/8");
}

TEST_CASE(
    "A list may have 100,000 rules and as many bytes as an answer of the API, and no rule that is none") {
  CHECK(rules_error(Rules{}).empty());
  CHECK(rules_error(Rules(100'000, std::string(50, 'a') + ".shop.example.test")).empty());
  CHECK(rules_error(Rules(500'000, "a.test")).empty());
  CHECK(says(rules_error(Rules(300'000, std::string(53, 'a'))), "the 300000 rules have 16800000 bytes"));
  CHECK(says(rules_error(Rules{"a.test", "b c"}), "contains a space"));
}

TEST_CASE("A geo has 1 to 50 printable characters") {
  CHECK(geo_error("us-ny").empty());
  CHECK(geo_error(std::string(50, 'x')).empty());
  CHECK(says(geo_error(std::string(51, 'x')), "at most 50 characters, not 51"));
  CHECK_FALSE(geo_error("").empty());
  CHECK_FALSE(geo_error("us\nny").empty());
  CHECK_FALSE(geo_error("us\x7Fny").empty());
  CHECK_FALSE(geo_error("us\xC3\xA9").empty());
}

TEST_CASE("A session id has 1 to 255 letters and digits") {
  CHECK(session_id_error("abcXYZ019").empty());
  CHECK(session_id_error(std::string(255, 'x')).empty());
  CHECK_FALSE(session_id_error(std::string(256, 'x')).empty());
  CHECK(says(session_id_error("abc-def"), "letters and digits only"));
  CHECK_FALSE(session_id_error("").empty());
}
