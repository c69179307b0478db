#include "learn/learned_file.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::learn;
using State = HostState::State;
using std::chrono::seconds;

namespace {

std::string with_host(const std::string& members) {
  return R"({"version":1,"hosts":[{)" + members + "}]}";
}
constexpr const char* good =
    R"("host":"shop.test","state":"learned","evidence":"a client's report","since":1764000000,"end":1764086400)";

}  // namespace

TEST_CASE("learned hosts are the same after a text has been written and read") {
  const std::vector<HostState> hosts{
      {"shop.test", State::learned, "a client's report (\"403\")", Time(seconds(10)), Time(seconds(20))},
      {"a.test", State::suggested, "a challenge", Time(seconds(30)), Time(seconds(40))},
      {"b.test", State::retried, "3 refused connections", Time(seconds(50)), Time(seconds(60))}};
  const auto read = parse_learned_text(learned_text(hosts));
  REQUIRE(read);
  REQUIRE(read->size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK((*read)[i].host == hosts[i].host);
    CHECK((*read)[i].state == hosts[i].state);
    CHECK((*read)[i].evidence == hosts[i].evidence);
    CHECK((*read)[i].since == hosts[i].since);
    CHECK((*read)[i].end == hosts[i].end);
  }
}

TEST_CASE("a text of a thousand hosts is within the limit of the file") {
  const HostState host{std::string(253, 'x'), State::suggested, std::string(200, 'y'), Time(), Time()};
  CHECK(learned_text(std::vector<HostState>(1000, host)).size() < longest_learned_file);
}

TEST_CASE("a good host is read, and one wrong member rejects the text") {
  REQUIRE(parse_learned_text(with_host(good)));
  const std::string text = good;
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"shop.test", "*"},
                                                        {"shop.test", "*.shop.test"},
                                                        {"shop.test", "-shop.test"},
                                                        {"shop.test", "AUTO"},
                                                        {"shop.test", "SHOP.test"},
                                                        {"shop.test", "203.0.113.7"},
                                                        {"shop.test", "::1"},
                                                        {"shop.test", ""},
                                                        {"shop.test", std::string(254, 'x')},
                                                        {"\"shop.test\"", "7"},
                                                        {"\"learned\"", "\"other\""},
                                                        {"\"learned\"", "null"},
                                                        {"a client's report", ""},
                                                        {"a client's report", std::string(301, 'x')},
                                                        {"1764000000", "-1"},
                                                        {"1764000000", "99999999999999"},
                                                        {"1764086400", "\"soon\""},
                                                        {"\"end\"", "\"other\""}}) {
    CAPTURE(from, to);
    std::string wrong = text;
    wrong.replace(wrong.find(from), from.size(), to);
    CHECK_FALSE(parse_learned_text(with_host(wrong)));
  }
}

TEST_CASE("texts that no proxy wrote are rejected with a reason") {
  for (const auto& [text, reason] : std::vector<std::pair<std::string, std::string>>{
           {"", "is no JSON object"},
           {"[]", "is no JSON object"},
           {R"({"version":1,"hosts":[)", "is no JSON object"},
           {R"({"hosts":[]})", "has no version"},
           {R"({"version":2,"hosts":[]})", "was written by another version"},
           {R"({"version":1})", "has no hosts"},
           {R"({"version":1,"hosts":[7]})", "is damaged"}}) {
    CAPTURE(text);
    const auto read = parse_learned_text(text);
    REQUIRE_FALSE(read);
    CHECK(read.error() == reason);
  }
}
