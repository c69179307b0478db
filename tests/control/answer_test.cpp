#include "control/answer.hpp"

#include <catch2/catch.hpp>

using namespace aluvia;
using namespace aluvia::control;
using namespace aluvia::api;
using namespace aluvia::config;
using std::chrono::seconds;

namespace {

constexpr const char* kBody =
    R"({"success":true,"data":{"proxy_username":"user-1","proxy_password":"hunter2","rules":["*.example.com"],)"
    R"("session_id":"s1","target_geo":"us-ny"}})";

ApiReply reply(int status, std::string body = "", std::string etag = "") {
  ApiReply made;
  made.status = status;
  made.body = std::move(body);
  made.etag = std::move(etag);
  return made;
}

Answer first(ApiReply made) {
  return understand(std::move(made), nullptr, ControlOptions{});
}

Known known() {
  return std::get<Changed>(first(reply(200, kBody, "\"a\""))).now;
}

Problem problem_of(int status, std::string body = "") {
  return std::get<Problem>(first(reply(status, std::move(body))));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the first 200 gives version 1 with its ETag") {
  const Known now = known();
  CHECK(now.snapshot->version == 1);
  CHECK(now.snapshot->etag == "\"a\"");
  CHECK(now.etag == "\"a\"");
  CHECK(now.snapshot->session_id == "s1");
}

TEST_CASE("a 200 with something new gives the next version") {
  const Known before = known();
  std::string body = kBody;
  body.replace(body.find("us-ny"), 5, "us-tx");
  const auto answer = understand(reply(200, body, "\"b\""), &before, ControlOptions{});
  REQUIRE(std::holds_alternative<Changed>(answer));
  const auto& now = std::get<Changed>(answer).now;
  CHECK(now.snapshot->version == 2);
  CHECK(now.snapshot->target_geo == "us-tx");
  CHECK(before.snapshot->target_geo == "us-ny");
}

TEST_CASE("a 200 with the same configuration changes the ETag and nothing else") {
  const Known before = known();
  const auto answer = understand(reply(200, kBody, "\"b\""), &before, ControlOptions{});
  REQUIRE(std::holds_alternative<Unchanged>(answer));
  CHECK(std::get<Unchanged>(answer).etag == "\"b\"");
}

TEST_CASE("a 304 keeps configuration and ETag, also where it carries another") {
  const Known before = known();
  const auto answer = understand(reply(304, "", "\"b\""), &before, ControlOptions{});
  REQUIRE(std::holds_alternative<Unchanged>(answer));
  CHECK_FALSE(std::get<Unchanged>(answer).etag);
}

TEST_CASE("a 304 to the first request makes no sense") {
  CHECK(problem_of(304).error.kind == InitError::Kind::bad_answer);
}

TEST_CASE("a 200 without a usable body is a bad answer that is not quoted") {
  for (const char* body :
       {"", "<html>hunter2", R"({"data":{"rules":[],"proxy_password":"hunter2"}})",
        R"({"proxy_username":" ","proxy_password":"hunter2","rules":[]})", "[1]", "\"hunter2\""}) {
    INFO(body);
    const auto problem = problem_of(200, body);
    CHECK(problem.error.kind == InitError::Kind::bad_answer);
    CHECK_FALSE(contains(problem.error.message, "hunter2"));
    CHECK(contains(problem.error.message, "cannot be used"));
  }
}

namespace {

std::string body_without_rules(std::string_view password = "hunter2") {
  return R"({"proxy_username":"user-1","proxy_password":")" + std::string(password) +
         R"(","session_id":"s1"})";
}

}  // namespace

TEST_CASE("a first answer without rules is taken as an empty list, with a warning") {
  for (const std::string& body : {body_without_rules(), R"({"data":)" + body_without_rules() + "}"}) {
    const auto answer = first(reply(200, body, "\"a\""));
    REQUIRE(std::holds_alternative<Changed>(answer));
    const auto& snapshot = *std::get<Changed>(answer).now.snapshot;
    CHECK(snapshot.rules.size() == 0);
    REQUIRE(snapshot.warnings.size() == 1);
    CHECK(contains(snapshot.warnings[0], "the API's answer has no rules"));
  }
}

TEST_CASE("a later answer without rules is a bad answer where there were some, also an empty list") {
  std::string empty = kBody;
  empty.replace(empty.find("\"*.example.com\""), 15, "");
  for (const std::string& body : {std::string(kBody), empty}) {
    const Known before = std::get<Changed>(first(reply(200, body, "\"a\""))).now;
    for (const std::string& bad : {body_without_rules(), body_without_rules("other")}) {
      const auto answer = understand(reply(200, bad, "\"b\""), &before, ControlOptions{});
      REQUIRE(std::holds_alternative<Problem>(answer));
      CHECK(std::get<Problem>(answer).error.kind == InitError::Kind::bad_answer);
      CHECK(contains(std::get<Problem>(answer).error.message, "rules is missing"));
    }
  }
}

TEST_CASE("where the API has never named rules, it goes on without them, and names them when it can") {
  const Known before = std::get<Changed>(first(reply(200, body_without_rules(), "\"a\""))).now;
  CHECK(std::holds_alternative<Unchanged>(
      understand(reply(200, body_without_rules()), &before, ControlOptions{})));
  CHECK(std::holds_alternative<Changed>(
      understand(reply(200, body_without_rules("other")), &before, ControlOptions{})));
  const auto named = understand(reply(200, kBody), &before, ControlOptions{});
  REQUIRE(std::holds_alternative<Changed>(named));
  CHECK(std::get<Changed>(named).now.snapshot->rules.size() == 1);
}

TEST_CASE("401 and 403 tell what to do about the token") {
  const auto refused = problem_of(401);
  CHECK(refused.error.kind == InitError::Kind::token_refused);
  CHECK(refused.error.status == 401);
  CHECK(refused.error.message ==
        "the API refused the token (401 unauthorized): check --token / ALUVIA_TOKEN, or create a new user "
        "API token "
        "in the dashboard");
  CHECK(refused.outcome == PollOutcome::refused);

  const auto wrong = problem_of(403);
  CHECK(wrong.error.kind == InitError::Kind::token_refused);
  CHECK(contains(wrong.error.message, "wrong kind of token for this endpoint"));
}

TEST_CASE("402 shows the link to pay at") {
  const auto problem = problem_of(
      402,
      R"({"success":false,"error":{"code":"payment_required","message":"m","claim_url":"https://pay.example/1"}})");
  CHECK(problem.error.kind == InitError::Kind::api_error);
  CHECK(problem.error.status == 402);
  CHECK(contains(problem.error.message, "see https://pay.example/1"));
  CHECK(contains(problem_of(402).error.message, "balance"));
}

TEST_CASE("429 and 503 tell when to try again") {
  auto limited = reply(429);
  limited.retry_after = seconds(17);
  const auto problem = std::get<Problem>(first(std::move(limited)));
  CHECK(problem.error.kind == InitError::Kind::api_error);
  CHECK(problem.retry_after == seconds(17));
  CHECK(contains(problem.error.message, "try again in 17 s"));
  CHECK(contains(problem_of(503).error.message, "fault of its own (503)"));
  auto closed = reply(503);
  closed.retry_after = seconds(18);
  CHECK(std::get<Problem>(first(std::move(closed))).retry_after == seconds(18));
}

TEST_CASE("other statuses are errors with their number") {
  for (const int status : {201, 204, 301, 302, 400, 404, 418, 500, 502, 599}) {
    const auto problem = problem_of(status);
    CHECK(problem.error.kind == InitError::Kind::api_error);
    CHECK(problem.error.status == status);
    CHECK(contains(problem.error.message, std::to_string(status)));
  }
}

TEST_CASE("what an error answer says is not repeated, because it may quote the token") {
  const auto problem =
      problem_of(500, R"({"success":false,"error":{"code":"internal_error","message":"bad token tok-123"}})");
  CHECK(contains(problem.error.message, "internal_error"));
  CHECK_FALSE(contains(problem.error.message, "tok-123"));
  CHECK_FALSE(contains(problem_of(500, R"({"error":"tok-123"})").error.message, "tok-123"));
}

TEST_CASE("failures to get an answer are unreachable, except an answer without end") {
  using Kind = ApiFailure::Kind;
  const auto of = [](Kind kind) {
    return std::get<Problem>(understand(Err{ApiFailure{kind, "what happened"}}, nullptr, ControlOptions{}))
        .error;
  };
  for (const auto kind : {Kind::look_up, Kind::connect, Kind::tls, Kind::time_out, Kind::broken}) {
    CHECK(of(kind).kind == InitError::Kind::unreachable);
    CHECK_FALSE(of(kind).status);
    CHECK(contains(of(kind).message, "what happened"));
  }
  CHECK(of(Kind::too_large).kind == InitError::Kind::bad_answer);
  CHECK(of(Kind::cancelled).kind == InitError::Kind::cancelled);
}

TEST_CASE("every message is one line") {
  for (const int status : {200, 301, 401, 402, 403, 404, 429, 500})
    CHECK(problem_of(status).error.message.find('\n') == std::string::npos);
}

TEST_CASE("the token, and the gateway's password, are removed from words that others wrote") {
  ControlOptions options;
  options.token = Secret("tok-3f9c2b7e6a1d");
  const auto told = [&](Result<ApiReply, ApiFailure> result) {
    const Known before = known();
    return std::get<Problem>(understand(std::move(result), &before, options));
  };
  const auto error = [](const std::string& field, const std::string& text) {
    return R"({"success":false,"error":{")" + field + R"(":")" + text + R"("}})";
  };
  const auto message = [](const Problem& problem) { return problem.error.message; };

  CHECK(message(told(reply(422, error("message", "no user has tok-3f9c2b7e6a1d")))) ==
        "the API does not take it: no user has [removed] (422)");
  CHECK(
      contains(message(told(reply(
                   422, R"({"error":{"code":"validation_error","details":{"rules":["tok-3f9c is bad"]}}})"))),
               "[removed] is bad"));
  CHECK(contains(message(told(reply(422, error("message", "hunter2 is the password")))),
                 "[removed] is the password"));
  CHECK(contains(message(told(reply(200, error("message", "TOK-3F9C2B7E6A1D")))), "failed: [removed]"));
  const Problem unpaid = told(reply(402, error("claim_url", "https://pay.example/?t=tok-3f9c2b7e6a1d")));
  CHECK(unpaid.claim_url.empty());
  CHECK_FALSE(contains(message(unpaid), "tok-3f9c"));
  CHECK(told(reply(402, error("claim_url", "https://pay.example/?t=1"))).claim_url ==
        "https://pay.example/?t=1");
  options.token = Secret("secretword");
  CHECK_FALSE(contains(message(told(reply(404, error("code", "no_secretword")))), "secretword"));
  const ApiFailure failure{ApiFailure::Kind::tls, "the certificate is for secretword.example"};
  CHECK(contains(message(told(Err{failure})), "is for [removed].example"));

  const Known before = known();
  const auto changed =
      understand(reply(200, R"({"proxy_username":"u","proxy_password":"p","rules":["secretword example"]})"),
                 &before, options);
  const auto& warnings = std::get<Changed>(changed).now.snapshot->warnings;
  REQUIRE_FALSE(warnings.empty());
  CHECK_FALSE(contains(warnings.front(), "secretword"));
}
