// Tests of the decoded body of `GET /user`.
#include "config/user_response.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

using aluvia::config::decode_user_response;
using aluvia::config::UserResponse;
using namespace std::string_literals;

namespace {

using Texts = std::vector<std::string>;

constexpr std::string_view credentials = R"("proxy_username": "user-1", "proxy_password": "hunter2-Secret")";

// A bare body with good credentials and `more` members.
std::string with(std::string_view more) {
  return "{" + std::string(credentials) + (more.empty() ? "" : ", ") + std::string(more) + "}";
}

UserResponse decoded(std::string_view body) {
  auto user = decode_user_response(body);
  INFO(body);
  REQUIRE(user);
  return std::move(user).value();
}

std::string error_of(std::string_view body) {
  const auto user = decode_user_response(body);
  return user ? "accepted" : user.error();
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("The three wrappings give the same user") {
  const std::string user =
      with(R"("rules": ["AUTO", "*.example.com"], "session_id": "s1", "target_geo": "us-ny",
      "auto_hostnames": ["a.example"], "connection_id": 17, "proxy_urls": {"http": "http://user-1:hunter2-Secret@g"})");
  for (const std::string& body : {user, R"({"data": )" + user + "}",
                                  R"({"success": true, "data": )" + user + "}", " \r\n" + user + "\n\t "}) {
    const UserResponse response = decoded(body);
    CHECK(response.proxy_username.reveal() == "user-1");
    CHECK(response.proxy_password.reveal() == "hunter2-Secret");
    CHECK(response.rules == Texts{"AUTO", "*.example.com"});
    CHECK(response.auto_hostnames == Texts{"a.example"});
    CHECK(response.session_id == "s1");
    CHECK(response.target_geo == "us-ny");
    CHECK(response.connection_id == "17");
    CHECK(response.warnings.empty());
  }
}

TEST_CASE("Credentials are trimmed, unescaped and may hold any other character") {
  const UserResponse user = decoded(
      R"({"proxy_username": " \tus\u00e9r \n", "proxy_password": "\r\n p:a ss\"\\\u20ac:\uD83D\uDE00 "})");
  CHECK(user.proxy_username.reveal() == "us\xC3\xA9r");
  CHECK(user.proxy_password.reveal() == "p:a ss\"\\\xE2\x82\xAC:\xF0\x9F\x98\x80");
}

TEST_CASE("Invalid credentials are rejected with a sentence about the member and the reason") {
  const struct {
    std::string_view body;
    std::string_view error;
  } bodies[] = {
      {R"({})", "proxy_username is missing"},
      {R"({"success": true})", "proxy_username is missing"},
      {R"({"data": {}})", "proxy_username is missing"},
      {R"({"data": null})", "proxy_username is missing"},
      {R"({"proxy_username": null, "proxy_password": "hunter2"})", "proxy_username is missing"},
      {R"({"proxy_username": "", "proxy_password": "hunter2"})", "proxy_username is empty"},
      {R"({"proxy_username": " \t", "proxy_password": "hunter2"})", "proxy_username is empty"},
      {R"({"proxy_username": 7, "proxy_password": "hunter2"})", "proxy_username is not a string"},
      {R"({"proxy_username": ["u"], "proxy_password": "hunter2"})", "proxy_username is not a string"},
      {R"({"proxy_username": "u:v", "proxy_password": "hunter2"})", "proxy_username contains a colon"},
      {R"({"proxy_username": "u\nv", "proxy_password": "hunter2"})",
       "proxy_username contains a control character"},
      {R"({"proxy_username": "u", "proxy_password": "hun\r\nter2"})",
       "proxy_password contains a control character"},
      {R"({"proxy_username": "u", "proxy_password": "hunter2\u0000"})",
       "proxy_password contains a control character"},
      {R"({"proxy_username": "u", "proxy_password": "hun\u007fter2"})",
       "proxy_password contains a control character"},
      {R"({"proxy_username": "u"})", "proxy_password is missing"},
      {R"({"proxy_username": "u", "proxy_password": "  "})", "proxy_password is empty"},
      {R"({"proxy_username": "u", "proxy_password": true})", "proxy_password is not a string"},
      {R"({"proxy_username": "u", "proxy_password": {"hunter2": "hunter2"}})",
       "proxy_password is not a string"},
      {R"({"data": ["hunter2"]})", "data is not an object"},
      {R"({"success": true, "data": "hunter2"})", "data is not an object"},
  };
  for (const auto& bad : bodies) {
    INFO(bad.body);
    CHECK(error_of(bad.body) == bad.error);
  }
}

TEST_CASE("A body that is no JSON object is rejected with the reason") {
  const std::string good = with("");
  const struct {
    std::string body;
    std::string_view error;
  } bodies[] = {
      {"", "the body is empty"},
      {" \r\n\t", "the body is empty"},
      {"\xEF\xBB\xBF" + good, "byte order mark"},
      {"<!doctype html><title>502</title>", "web page"},
      {good + " hunter2", "goes on after the end of its JSON at byte"},
      {good + good, "goes on after the end"},
      {good + "\0hunter2"s, "a NUL at byte"},
      {"\0"s + good, "a NUL at byte 0"},
      {"[" + good + "]", "not an object"},
      {"\"hunter2\"", "not an object"},
      {"null", "not an object"},
      {"42", "not an object"},
      {"hunter2", "is not JSON at byte 0"},
      {R"({"proxy_username": "u", 'proxy_password': "hunter2"})", "is not JSON at byte"},
      {R"({"proxy_password": "hunter2",})", "is not JSON at byte"},
      {R"({"proxy_password": "hunter2\q"})", "is not JSON at byte"},
      {R"({"proxy_password": "\ud800hunter2"})", "is not JSON at byte"},
      {R"({"proxy_password": "hunter2\udc00"})", "half of a surrogate pair"},
      {R"({"proxy_password": "hunter2", "other": ["\uDFFF"]})", "half of a surrogate pair"},
      {"{\"proxy_password\": \"hunter2\n\"}", "is not JSON at byte"},
      {"{\"proxy_password\": 1e999999}", "is not JSON at byte"},
      {"{\"proxy_password\": \"hunter2\xFF\"}", "is not UTF-8 at byte"},
      {"{\"proxy_password\": \"\xC0\xAF hunter2\"}", "is not UTF-8 at byte"},
      {"{\"proxy_password\": \"\xED\xA0\x80 hunter2\"}", "is not UTF-8 at byte"},
      {"{\"longer than a short string\": \"\xF0",
       "is not UTF-8 at byte"},  // a sequence that the end of the body cuts
  };
  for (const auto& bad : bodies) {
    INFO(bad.body);
    const std::string error = error_of(bad.body);
    INFO(error);
    CHECK(contains(error, bad.error));
    CHECK_FALSE(contains(error, "hunter2"));
  }
}

TEST_CASE("A body cut anywhere is rejected and its text is not quoted") {
  const std::string body =
      R"({"success": true, "data": )" + with(R"("rules": ["a.example", true], "id": 12.5e3)") + "}";
  REQUIRE(decode_user_response(body));
  for (std::size_t size = 0; size < body.size(); ++size) {
    const std::string part = body.substr(0, size);
    const std::string error = error_of(part);
    INFO(part << "\n" << error);
    CHECK(error != "accepted");
    CHECK(error.starts_with("the body is"));
    CHECK_FALSE(contains(error, "hunter2"));
  }
}

TEST_CASE("No depth of nesting overflows the stack") {
  const std::size_t depth = 10'000;
  const std::string lists = std::string(depth, '[') + std::string(depth, ']');
  CHECK(error_of(lists) == "the body is JSON, but not an object");
  CHECK(contains(error_of(std::string(1'000'000, '[')), "cut off"));
  CHECK(decoded(with(R"("other": )" + lists)).rules.empty());
  CHECK(decoded(with(R"("rules": [)" + lists + "]")).warnings.size() == 1);

  std::string objects;
  for (std::size_t i = 0; i < depth; ++i) objects += R"({"data":)";
  CHECK(error_of(objects + "1" + std::string(depth, '}')) == "proxy_username is missing");
}

TEST_CASE("Characters next to the surrogates are accepted") {
  // U+D000, U+D7FF and U+E000 in bytes, and a pair as escapes.
  const UserResponse user =
      decoded(with("\"rules\": [\"\xED\x80\x80\xED\x9F\xBF\xEE\x80\x80\\uD83D\\uDE00\"]"));
  CHECK(user.rules == Texts{"\xED\x80\x80\xED\x9F\xBF\xEE\x80\x80\xF0\x9F\x98\x80"});
}

TEST_CASE("A body with data is decoded even if success is no boolean, or an error stands beside it") {
  CHECK(decoded(R"({"success": 1, "data": )" + with("") + "}").rules.empty());
  CHECK(decoded(R"({"error": "old", "data": )" + with("") + "}").rules.empty());
  CHECK(decoded(with(R"("error": "old")")).rules.empty());
  CHECK(contains(error_of(R"({"error": "why"})"), "the request failed: why"));
}

TEST_CASE("Rules are a list, or an object with a list or a text of items") {
  CHECK(decoded(with("")).rules.empty());
  CHECK(decoded(with(R"("rules": null)")).rules.empty());
  CHECK(decoded(with(R"("rules": [])")).rules.empty());
  CHECK(decoded(with(R"("rules": {})")).rules.empty());
  CHECK(decoded(with(R"("rules": {"type": "custom", "items": null})")).rules.empty());
  CHECK(decoded(with(R"("rules": {"type": "custom", "items": ["a.example", "-b"]})")).rules ==
        Texts{"a.example", "-b"});
  CHECK(decoded(with(R"("rules": {"type": "custom", "items": " a.example ,, -b,"})")).rules ==
        Texts{"a.example", "-b"});
  CHECK(decoded(with(R"("rules": {"type": "custom", "items": ""})")).rules.empty());
  CHECK(decoded(with(R"("rules": [" as it came ", ""])")).rules == Texts{" as it came ", ""});
}

TEST_CASE("Rules of another type are an error") {
  for (const std::string rules : {"\"*\"", "1", "true", "1.5"}) {
    CHECK(error_of(with("\"rules\": " + rules)) == "rules is neither a list nor an object");
  }
  for (const std::string items : {"1", "false", "{}"}) {
    CHECK(error_of(with(R"("rules": {"items": )" + items + "}")) ==
          "rules.items is neither a list nor a string");
  }
}

TEST_CASE("Missing and null rules are distinguished from an empty list") {
  for (const char* missing :
       {"", R"("rules": null)", R"("rules": {})", R"("rules": {"type": "x", "items": null})",
        R"("rules": ["*"], "rules": null)"}) {
    INFO(missing);
    const UserResponse user = decoded(with(missing));
    CHECK_FALSE(user.has_rules);
    CHECK(user.rules.empty());
  }
  for (const char* given : {R"("rules": [])", R"("rules": {"items": []})", R"("rules": {"items": ""})",
                            R"("rules": null, "rules": [])"}) {
    INFO(given);
    CHECK(decoded(with(given)).has_rules);
  }
}

TEST_CASE("Entries of rules that are not strings are skipped with one warning") {
  const UserResponse one = decoded(with(R"("rules": ["a", 7, "b"])"));
  CHECK(one.rules == Texts{"a", "b"});
  CHECK(one.warnings == Texts{"rules[1] is not a string and is skipped"});

  const UserResponse many = decoded(with(R"("rules": {"items": ["a", null, {"b": "c"}, ["d"], "e"]})"));
  CHECK(many.rules == Texts{"a", "e"});
  CHECK(many.warnings ==
        Texts{"3 entries of rules.items are not strings and are skipped, the first is rules.items[1]"});
}

TEST_CASE("The hosts of AUTO are accepted under both names") {
  CHECK(decoded(with(R"("autoHostnames": ["a", 1])")).auto_hostnames == Texts{"a"});
  CHECK(decoded(with(R"("auto_hostnames": null, "autoHostnames": ["a"])")).auto_hostnames == Texts{"a"});
  const UserResponse strange = decoded(with(R"("auto_hostnames": "a")"));
  CHECK(strange.auto_hostnames.empty());
  CHECK(strange.warnings == Texts{"auto_hostnames is not a list and is ignored"});
}

TEST_CASE("Session and geo are texts or absent; another type is ignored with a warning") {
  const UserResponse none = decoded(with(R"("session_id": null, "target_geo": "")"));
  CHECK_FALSE(none.session_id);
  CHECK_FALSE(none.target_geo);
  CHECK(none.warnings.empty());

  const UserResponse strange = decoded(with(R"("session_id": 12, "target_geo": ["hunter2-Secret"])"));
  CHECK_FALSE(strange.session_id);
  CHECK_FALSE(strange.target_geo);
  CHECK(strange.warnings == Texts{"session_id is neither a string nor null and is ignored",
                                  "target_geo is neither a string nor null and is ignored"});
}

TEST_CASE("A connection id is a number or digits, under both names") {
  const struct {
    std::string_view members;
    std::string_view id;
    std::size_t warnings;
  } bodies[] = {
      {R"("connection_id": 17)", "17", 0},
      {R"("connection_id": "0017")", "0017", 0},
      {R"("connection_id": 18446744073709551615)", "18446744073709551615", 0},
      {R"("id": 5)", "5", 0},
      {R"("id": "5")", "5", 0},
      {R"("id": 5, "connection_id": 17)", "17", 0},
      {R"("id": 5, "connection_id": null)", "5", 0},
      {R"("id": 5, "connection_id": "../user")", "5", 1},
      {R"("id": "usr_abc")", "", 0},
      {R"("connection_id": "")", "", 1},
      {R"("connection_id": -1)", "", 1},
      {R"("connection_id": 1.5)", "", 1},
      {R"("connection_id": "123456789012345678901")", "", 1},
  };
  for (const auto& body : bodies) {
    INFO(body.members);
    const UserResponse user = decoded(with(body.members));
    CHECK(user.connection_id.value_or("") == body.id);
    CHECK(user.warnings.size() == body.warnings);
  }
}

TEST_CASE("The last one of a repeated member counts") {
  const UserResponse user = decoded(with(R"("rules": ["a"], "rules": ["b"], "proxy_username": "user-2")"));
  CHECK(user.rules == Texts{"b"});
  CHECK(user.proxy_username.reveal() == "user-2");
}

TEST_CASE("A 200 whose success is false is an error with the API's message") {
  CHECK(contains(error_of(R"({"success": false, "error": {"code": "x", "message": "Account closed"}})"),
                 "failed: Account closed"));
  CHECK(contains(error_of(R"({"success": false, "error": {"code": "account_closed"}})"),
                 "failed: account_closed"));
  CHECK(contains(error_of(R"({"success": false, "error": "bad\nluck"})"), "failed: bad\\x0aluck"));
  CHECK(contains(error_of(R"({"success": false})"), "not why"));
  CHECK(contains(error_of(R"({"error": "down"})"), "failed: down"));
  CHECK(contains(error_of(R"({"success": false, "data": )" + with("") + "}"), "not why"));
  CHECK(decode_user_response(R"({"error": null, "data": )" + with("") + "}"));
}
