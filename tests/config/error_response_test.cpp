// Tests of the decoded error response of the API.
#include "config/user_response.hpp"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

using aluvia::config::decode_error_response;
using aluvia::config::ErrorResponse;

namespace {

std::string of_error(std::string_view error) {
  return R"({"success": false, "error": )" + std::string(error) + "}";
}

std::string message_of(std::string_view error) {
  return decode_error_response(of_error(error)).message;
}

std::string url_of(std::string_view url) {
  return decode_error_response(of_error(R"({"claim_url": ")" + std::string(url) + "\"}")).claim_url;
}

}  // namespace

TEST_CASE("An error response has a code, a message and a link") {
  const ErrorResponse error = decode_error_response(of_error(
      R"({"code": "payment_required", "message": " Pay first ", "claim_url": "https://pay.example/c?x=1"})"));
  CHECK(error.code == "payment_required");
  CHECK(error.message == "Pay first");
  CHECK(error.claim_url == "https://pay.example/c?x=1");
}

TEST_CASE("An error may be a plain text") {
  const ErrorResponse error = decode_error_response(R"({"error": "Unauthorized"})");
  CHECK(error.code.empty());
  CHECK(error.message == "Unauthorized");
  CHECK(error.claim_url.empty());
}

TEST_CASE("The message of a validation error is the first one of its details") {
  const std::string head = R"({"code": "validation_error", "message": "Invalid", "details": )";
  CHECK(message_of(head + R"({"session_id": ["too long", "odd"], "rules": ["bad"]}})") == "too long");
  CHECK(message_of(head + R"({"n": 1, "e": [], "session_id": "too long"}})") == "too long");
  CHECK(message_of(head + R"(["too long"]})") == "too long");
  CHECK(message_of(head + R"([{"field": "x", "message": "too long"}]})") == "too long");
  CHECK(message_of(head + R"({"n": [5], "session_id": "too long"}})") == "too long");
  CHECK(message_of(head + R"("too long"})") == "too long");
  for (const std::string nothing : {"{}", "[]", "null", "3", "[[[\"deep\"]]]", R"({"a": {"b": "c"}})"}) {
    CHECK(message_of(head + nothing + "}") == "Invalid");
  }
}

TEST_CASE("Details of another error do not hide its message") {
  CHECK(message_of(R"({"code": "forbidden", "message": "Wrong token", "details": {"plan": "pro"}})") ==
        "Wrong token");
  CHECK(message_of(R"({"code": "forbidden", "details": {"plan": ["pro only"]}})") == "pro only");
}

TEST_CASE("Texts of an error are printable and at most 200 bytes") {
  CHECK(message_of(R"("a\u001b[31m\nb\u00e9")") == "a\\x1b[31m\\x0ab\\xc3\\xa9");
  for (const std::string& text : {std::string(200, 'a'), std::string(201, 'a'), std::string(5'000, 'a')}) {
    const std::string message = message_of("\"" + text + "\"");
    CHECK(message.size() == 200);
    CHECK(message.ends_with("…") == (text.size() > 200));
  }
  std::string controls;
  for (int i = 0; i < 100; ++i) controls += "\\u0001";
  CHECK(message_of("\"" + controls + "\"").size() == 200);
}

TEST_CASE("A link that is no printable http URL is dropped") {
  CHECK(url_of("http://pay.example/") == "http://pay.example/");
  CHECK(url_of("HTTPS://pay.example/") == "HTTPS://pay.example/");
  CHECK(url_of("https://pay.example/" + std::string(1'000, 'a')).size() == 1'020);
  for (const std::string bad :
       {"javascript:alert(1)", "ftp://pay.example/", "//pay.example", "", "https", "https://pay.example/a b",
        "https://pay.example/\\u001b[31m", "https://pay.example/\\u007f", "https://p\\u00e4y.example/"}) {
    INFO(bad);
    CHECK(url_of(bad).empty());
  }
  CHECK(url_of("https://pay.example/" + std::string(2'000, 'a')).empty());
}

TEST_CASE("Anything else gives an empty error") {
  for (const std::string body :
       {"", "<html>", "{", "[]", "null", "{}", R"({"error": 5})", R"({"error": []})", R"({"error": null})",
        R"({"message": "x"})", R"({"error": {"code": 5, "message": {}}})"}) {
    INFO(body);
    const ErrorResponse error = decode_error_response(body);
    CHECK(error.code.empty());
    CHECK(error.message.empty());
    CHECK(error.claim_url.empty());
  }
  const std::string deep(10'000, '[');
  CHECK(message_of(R"({"details": )" + deep + std::string(10'000, ']') + "}").empty());
}
