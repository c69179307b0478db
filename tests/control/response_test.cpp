// Tests of interpret(): responses of the API become configurations and errors.
#include "control/response.hpp"

#include <catch2/catch.hpp>

using namespace aluvia;
using namespace aluvia::control;
using namespace aluvia::api;
using namespace aluvia::config;
using Kind = ApiError::Kind;
using std::chrono::seconds;

namespace {

constexpr const char* kBody =
    R"({"success":true,"data":{"proxy_username":"user-1","proxy_password":"hunter2","rules":["*.example.com"],)"
    R"("session_id":"s1","target_geo":"us-ny"}})";

ApiReply reply(int status, std::string body = "", std::string etag = "") {
  ApiReply made;
  made.status = status;
  made.body = aluvia::SecretString(body);
  made.etag = std::move(etag);
  return made;
}

Response first(ApiReply made) {
  return interpret(std::move(made), nullptr, ControlOptions{});
}

Known known() {
  return std::get<Changed>(first(reply(200, kBody, "\"a\""))).now;
}

ApiError error_of(int status, std::string body = "") {
  return std::get<ApiError>(first(reply(status, std::move(body))));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("The first 200 gives version 1 with its ETag") {
  const Known now = known();
  CHECK(now.snapshot->version == 1);
  CHECK(now.snapshot->etag == "\"a\"");
  CHECK(now.etag == "\"a\"");
  CHECK(now.snapshot->session_id == "s1");
}

TEST_CASE("A 200 with something new gives the next version") {
  const Known before = known();
  std::string body = kBody;
  body.replace(body.find("us-ny"), 5, "us-tx");
  const auto answer = interpret(reply(200, body, "\"b\""), &before, ControlOptions{});
  REQUIRE(std::holds_alternative<Changed>(answer));
  const auto& now = std::get<Changed>(answer).now;
  CHECK(now.snapshot->version == 2);
  CHECK(now.snapshot->target_geo == "us-tx");
  CHECK(before.snapshot->target_geo == "us-ny");
}

TEST_CASE("A 200 with the same configuration changes the ETag and nothing else") {
  const Known before = known();
  const auto answer = interpret(reply(200, kBody, "\"b\""), &before, ControlOptions{});
  REQUIRE(std::holds_alternative<Unchanged>(answer));
  CHECK(std::get<Unchanged>(answer).etag == "\"b\"");
}

TEST_CASE("A 304 keeps configuration and ETag, also where it carries another") {
  const Known before = known();
  const auto answer = interpret(reply(304, "", "\"b\""), &before, ControlOptions{});
  REQUIRE(std::holds_alternative<Unchanged>(answer));
  CHECK_FALSE(std::get<Unchanged>(answer).etag);
}

TEST_CASE("A 304 to the first request makes no sense") {
  CHECK(error_of(304).kind == Kind::bad_answer);
}

TEST_CASE("A 200 without a usable body is a bad answer that is not quoted") {
  for (const char* body :
       {"", "<html>hunter2", R"({"data":{"rules":[],"proxy_password":"hunter2"}})",
        R"({"proxy_username":" ","proxy_password":"hunter2","rules":[]})", "[1]", "\"hunter2\""}) {
    INFO(body);
    const auto failed = error_of(200, body);
    CHECK(failed.kind == Kind::bad_answer);
    CHECK_FALSE(contains(failed.message, "hunter2"));
    CHECK(contains(failed.message, "cannot use the response"));
  }
}

namespace {

std::string body_without_rules(std::string_view password = "hunter2") {
  return R"({"proxy_username":"user-1","proxy_password":")" + std::string(password) +
         R"(","session_id":"s1"})";
}

}  // namespace

TEST_CASE("A first response without rules is taken as an empty list, with a warning") {
  for (const std::string& body : {body_without_rules(), R"({"data":)" + body_without_rules() + "}"}) {
    const auto answer = first(reply(200, body, "\"a\""));
    REQUIRE(std::holds_alternative<Changed>(answer));
    const auto& snapshot = *std::get<Changed>(answer).now.snapshot;
    CHECK(snapshot.rules.size() == 0);
    REQUIRE(snapshot.warnings.size() == 1);
    CHECK(contains(snapshot.warnings[0], "the API's answer has no rules"));
  }
}

TEST_CASE("A later response without rules is a bad answer where there were some, also an empty list") {
  std::string empty = kBody;
  empty.replace(empty.find("\"*.example.com\""), 15, "");
  for (const std::string& body : {std::string(kBody), empty}) {
    const Known before = std::get<Changed>(first(reply(200, body, "\"a\""))).now;
    for (const std::string& bad : {body_without_rules(), body_without_rules("other")}) {
      const auto answer = interpret(reply(200, bad, "\"b\""), &before, ControlOptions{});
      REQUIRE(std::holds_alternative<ApiError>(answer));
      CHECK(std::get<ApiError>(answer).kind == Kind::bad_answer);
      CHECK(contains(std::get<ApiError>(answer).message, "rules is missing"));
    }
  }
}

TEST_CASE("Where the API has never named rules, it goes on without them, and names them when it can") {
  const Known before = std::get<Changed>(first(reply(200, body_without_rules(), "\"a\""))).now;
  CHECK(std::holds_alternative<Unchanged>(
      interpret(reply(200, body_without_rules()), &before, ControlOptions{})));
  CHECK(std::holds_alternative<Changed>(
      interpret(reply(200, body_without_rules("other")), &before, ControlOptions{})));
  const auto named = interpret(reply(200, kBody), &before, ControlOptions{});
  REQUIRE(std::holds_alternative<Changed>(named));
  CHECK(std::get<Changed>(named).now.snapshot->rules.size() == 1);
}

TEST_CASE("401 and 403 advise on the token") {
  const auto refused = error_of(401);
  CHECK(refused.kind == Kind::token_refused);
  CHECK(refused.status == 401);
  CHECK(
      refused.message ==
      "the API rejected the token (401 unauthorized); check the token, or create a new user API token in the "
      "dashboard");

  const auto wrong = error_of(403);
  CHECK(wrong.kind == Kind::token_refused);
  CHECK(contains(wrong.message, "wrong kind of token for this endpoint"));
}

TEST_CASE("402 shows the link to pay at") {
  const auto failed = error_of(
      402,
      R"({"success":false,"error":{"code":"payment_required","message":"m","claim_url":"https://pay.example/1"}})");
  CHECK(failed.kind == Kind::payment_required);
  CHECK(failed.status == 402);
  CHECK(contains(failed.message, "see https://pay.example/1"));
  CHECK(contains(error_of(402).message, "balance"));
}

TEST_CASE("429 and 503 tell when to try again") {
  auto limited = reply(429);
  limited.retry_after = seconds(17);
  const auto failed = std::get<ApiError>(first(std::move(limited)));
  CHECK(failed.kind == Kind::rate_limited);
  CHECK(failed.retry_after == seconds(17));
  CHECK(contains(failed.message, "try again in 17 s"));
  CHECK(contains(error_of(503).message, "internal error (503)"));
  auto closed = reply(503);
  closed.retry_after = seconds(18);
  CHECK(std::get<ApiError>(first(std::move(closed))).retry_after == seconds(18));
}

TEST_CASE("Other statuses are errors with their number") {
  for (const int status : {201, 204, 301, 302, 400, 404, 418, 500, 502, 599}) {
    const auto failed = error_of(status);
    CHECK(failed.kind == (status / 100 == 4 ? Kind::rejected : Kind::api_error));
    CHECK(failed.status == status);
    CHECK(contains(failed.message, std::to_string(status)));
  }
}

TEST_CASE("The text of an error response is not repeated, because it may quote the token") {
  const auto failed =
      error_of(500, R"({"success":false,"error":{"code":"internal_error","message":"bad token tok-123"}})");
  CHECK(contains(failed.message, "internal_error"));
  CHECK_FALSE(contains(failed.message, "tok-123"));
  CHECK_FALSE(contains(error_of(500, R"({"error":"tok-123"})").message, "tok-123"));
}

TEST_CASE("A call without a response is unreachable, except an answer without end") {
  using Cause = ApiError::Cause;
  const auto of = [](ApiError error) {
    return std::get<ApiError>(interpret(Err{std::move(error)}, nullptr, ControlOptions{}));
  };
  for (const auto cause : {Cause::look_up, Cause::connect, Cause::tls, Cause::time_out, Cause::broken}) {
    const ApiError error = of(no_response(cause, "what happened"));
    CHECK(error.kind == Kind::unreachable);
    CHECK_FALSE(error.status);
    CHECK(contains(error.message, "what happened"));
  }
  CHECK(of(no_response(Cause::too_large, "what happened")).kind == Kind::bad_answer);
  CHECK(of({Kind::not_running, "cancelled"}).message == "cancelled");
}

TEST_CASE("Every message is one line") {
  for (const int status : {200, 301, 401, 402, 403, 404, 429, 500})
    CHECK(error_of(status).message.find('\n') == std::string::npos);
}

TEST_CASE("The token, and the gateway's password, are removed from the text of others") {
  ControlOptions options;
  options.token = Secret("tok-3f9c2b7e6a1d");
  const auto told = [&](Result<ApiReply, config::ApiError> result) {
    const Known before = known();
    return std::get<ApiError>(interpret(std::move(result), &before, options));
  };
  const auto body = [](const std::string& field, const std::string& text) {
    return R"({"success":false,"error":{")" + field + R"(":")" + text + R"("}})";
  };
  const auto message = [](const ApiError& error) { return error.message; };

  CHECK(message(told(reply(422, body("message", "no user has tok-3f9c2b7e6a1d")))) ==
        "the API rejects the change: no user has [removed] (422)");
  CHECK(
      contains(message(told(reply(
                   422, R"({"error":{"code":"validation_error","details":{"rules":["tok-3f9c is bad"]}}})"))),
               "[removed] is bad"));
  CHECK(contains(message(told(reply(422, body("message", "hunter2 is the password")))),
                 "[removed] is the password"));
  CHECK(contains(message(told(reply(200, body("message", "TOK-3F9C2B7E6A1D")))), "failed: [removed]"));
  const ApiError unpaid = told(reply(402, body("claim_url", "https://pay.example/?t=tok-3f9c2b7e6a1d")));
  CHECK(unpaid.claim_url.empty());
  CHECK_FALSE(contains(message(unpaid), "tok-3f9c"));
  CHECK(told(reply(402, body("claim_url", "https://pay.example/?t=1"))).claim_url ==
        "https://pay.example/?t=1");
  options.token = Secret("secretword");
  CHECK_FALSE(contains(message(told(reply(404, body("code", "no_secretword")))), "secretword"));
  const ApiError failure = no_response(ApiError::Cause::tls, "the certificate is for secretword.example");
  CHECK(contains(message(told(Err{failure})), "is for [removed].example"));

  const Known before = known();
  const auto changed =
      interpret(reply(200, R"({"proxy_username":"u","proxy_password":"p","rules":["secretword example"]})"),
                &before, options);
  const auto& warnings = std::get<Changed>(changed).now.snapshot->warnings;
  REQUIRE_FALSE(warnings.empty());
  CHECK_FALSE(contains(warnings.front(), "secretword"));
}
