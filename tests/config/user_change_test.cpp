#include "config/user_change.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::config;

namespace {

using Rules = std::vector<std::string>;

bool says(const std::string& complaint, const char* part) {
  return complaint.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a change holds what is present and nothing else") {
  CHECK(encode_user_change({}) == "{}");
  CHECK(encode_user_change({Rules{"a.test", "-b.test"}, {}, {}}) == R"({"rules":["a.test","-b.test"]})");
  CHECK(encode_user_change({Rules{}, {}, {}}) == R"({"rules":[]})");
  CHECK(encode_user_change({{}, "abc123", {}}) == R"({"session_id":"abc123"})");
}

TEST_CASE("a value that is cleared is null") {
  const std::optional<std::string> none;
  CHECK(encode_user_change({{}, none, none}) == R"({"session_id":null,"target_geo":null})");
}

TEST_CASE("what stands in a change cannot end its JSON early") {
  CHECK(encode_user_change({{}, {}, "a\"b\\c\n"}) == R"({"target_geo":"a\"b\\c\n"})");
}

TEST_CASE("a rule that the proxy could not follow is refused with what to write instead") {
  CHECK(complaint_about_rule("*.example.com").empty());
  CHECK(complaint_about_rule("-AUTO").empty());
  CHECK(says(complaint_about_rule("a\r\nb.test"), "control character"));
  CHECK(says(complaint_about_rule("https://a.test/x"), "write \"a.test\""));
  CHECK(says(complaint_about_rule(std::string(300, 'a')), "longer than the 253 bytes"));
  CHECK_FALSE(says(complaint_about_rule(""), "left out"));
  CHECK_FALSE(complaint_about_rule("").empty());
}

TEST_CASE(
    "a list may have 100,000 rules and as many bytes as an answer of the API, and no rule that is none") {
  CHECK(complaint_about_rules(Rules{}).empty());
  CHECK(complaint_about_rules(Rules(100'000, std::string(50, 'a') + ".shop.example.test")).empty());
  CHECK(complaint_about_rules(Rules(500'000, "a.test")).empty());
  CHECK(says(complaint_about_rules(Rules(300'000, std::string(53, 'a'))),
             "the 300000 rules have 16800000 bytes"));
  CHECK(says(complaint_about_rules(Rules{"a.test", "b c"}), "contains a space"));
}

TEST_CASE("a geo has 1 to 50 printable characters") {
  CHECK(complaint_about_geo("us-ny").empty());
  CHECK(complaint_about_geo(std::string(50, 'x')).empty());
  CHECK(says(complaint_about_geo(std::string(51, 'x')), "at most 50 characters, not 51"));
  CHECK_FALSE(complaint_about_geo("").empty());
  CHECK_FALSE(complaint_about_geo("us\nny").empty());
  CHECK_FALSE(complaint_about_geo("us\x7Fny").empty());
  CHECK_FALSE(complaint_about_geo("us\xC3\xA9").empty());
}

TEST_CASE("a session id has 1 to 255 letters and digits") {
  CHECK(complaint_about_session_id("abcXYZ019").empty());
  CHECK(complaint_about_session_id(std::string(255, 'x')).empty());
  CHECK_FALSE(complaint_about_session_id(std::string(256, 'x')).empty());
  CHECK(says(complaint_about_session_id("abc-def"), "letters and digits only"));
  CHECK_FALSE(complaint_about_session_id("").empty());
}
