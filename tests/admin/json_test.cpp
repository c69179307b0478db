// Tests of the JSON of every page and of every answer of the control socket, whole: names, types and order of
// the members are promises to other programs.
#include "admin/control_api.hpp"
#include "admin/self_endpoint.hpp"
#include "admin/status_json.hpp"
#include "sample.hpp"

#include <optional>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

using namespace aluvia::admin;
using namespace aluvia::admin::test;
using aluvia::Err;
using aluvia::config::ApiError;
namespace config = aluvia::config;

namespace {

// The text with the version of the program replaced by V.
std::string with_version_hidden(std::string_view json) {
  static constexpr std::string_view member = "\"program_version\":\"";
  std::string out(json);
  const std::size_t at = out.find(member);
  if (at == std::string::npos) return out;
  const std::size_t begin = at + member.size();
  return out.replace(begin, out.find('"', begin) - begin, "V");
}

std::string status_of(const StatusSnapshot& what, Audience audience) {
  return with_version_hidden(status_json(what, audience));
}

const std::string traffic =
    R"("traffic":{"gateway":{"requests":0,"tunnels":0,"failures":0,"block_reports":0,"bytes_up":0,"bytes_down":1500},)"
    R"("direct":{"requests":0,"tunnels":0,"failures":0,"block_reports":0,"bytes_up":0,"bytes_down":0},)"
    R"("connections":0,"refused":0,"unauthorized":0,"turned_away":0,"open_connections":0,"open_tunnels":1})";

// One request to the control socket, and its answer. Every change succeeds, unless there is an error.
Answer ask(std::string_view method, std::string_view target, std::string_view body = {},
           const std::optional<ApiError>& error = {}, const StatusSnapshot& what = status()) {
  Commands commands;
  commands.change = [&](const config::Edit&, const config::ChangeDone& done) {
    if (error) return done(Err{*error});
    done(config::ChangedConfig{snapshot({"new.example"}, {"own.example"}),
                               std::vector<std::string>{"old.example"}});
  };
  commands.refresh = [&](const std::function<void(std::optional<ApiError>)>& done) { done(error); };
  commands.stop = [] {};
  std::optional<Answer> out;
  ControlApi(source(what), commands).handle(Request(method, target, body, Format::json), [&](Answer answer) {
    REQUIRE_FALSE(out);
    out.emplace(std::move(answer));
  });
  REQUIRE(out);
  return *out;
}

// Fails the test if the answer is not one line of valid JSON.
std::string json_of(const Answer& answer) {
  CHECK(answer.type == json_text);
  const std::string_view body = answer.body;
  REQUIRE(body.ends_with('\n'));
  CHECK(body.find('\n') == body.size() - 1);
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(body.data(), body.size());
  CHECK_FALSE(document.HasParseError());
  return std::string(body.substr(0, body.size() - 1));
}

}  // namespace

TEST_CASE("The JSON of /status, for every client of the port and for the owner") {
  const std::string begin =
      R"({"ready":true,"reasons":[],"url":"http://127.0.0.1:54321","pid":4242,"program_version":"V","page":"http://127.0.0.1:54321/","uptime_s":90.0,)"
      R"("configuration":{"version":7,"age_s":60.0,"confirmed_age_s":2.0,"from_cache":false,"rules":1,"local_rules":0,)";
  const std::string end =
      R"("gateway":{"protocol":"http","host":"gateway.aluvia.io","port":8080,"ok":true,"circuit":"closed","warm_connections":2,"early_connect":"proven","known_hosts":3,"connect_ms":12.5},)"
      R"("policy":{"block":0,"only":0,"only_audit":false,"blocked":0,"audited":0},)"
      R"("auto":{"mode":"off","in_rules":false,"learned":0,"suggested":0},)"
      R"("api":{"last_poll_age_s":2.0,"next_poll_in_s":3.0,"failures_in_row":0,"trouble":"none"},)" +
      traffic + "}\n";
  CHECK(status_of(status(), Audience::anyone) ==
        begin + R"("has_session":true,"target_geo":"us-ny"},)" + end);
  CHECK(status_of(status(), Audience::owner) ==
        begin + R"("has_session":true,"session_id":"session42","target_geo":"us-ny","warnings":[]},)" + end);
}

TEST_CASE("The JSON of /status leads to the control socket, and shows the owner command and directory") {
  StatusSnapshot what = status();
  what.control_socket = "/run/user/5/aluvia-connect/54321.sock";
  what.command = "exec -- node";
  what.directory = "/home/a";
  const std::string socket = R"("control_socket":"/run/user/5/aluvia-connect/54321.sock",)";
  CHECK(has(status_of(what, Audience::anyone), socket + R"("uptime_s")"));
  CHECK(has(status_of(what, Audience::owner),
            socket + R"("command":"exec -- node","directory":"/home/a","uptime_s")"));
}

TEST_CASE("The JSON of /status before the first configuration") {
  StatusSnapshot early = status();
  early.snapshot.reset();
  early.api = {};
  CHECK(
      status_of(early, Audience::anyone) ==
      R"({"ready":false,"reasons":["there is no configuration yet"],"url":"http://127.0.0.1:54321","pid":4242,)"
      R"("program_version":"V","page":"http://127.0.0.1:54321/","uptime_s":90.0,)"
      R"("api":{"last_poll_age_s":null,"next_poll_in_s":null,"failures_in_row":0,"trouble":"starting"},)" +
          traffic + R"(,"next":"aluvia-connect wait --port 54321"})" + "\n");
}

TEST_CASE("The JSON of /status with a cached configuration, a failed poll and a gateway that is down") {
  StatusSnapshot what = status();
  what.api.from_cache = true;
  what.api.cached_at = what.now - seconds(3600);
  what.api.confirmed_at.reset();
  what.api.failures_in_row = 3;
  what.api.error = ApiError{ApiError::Kind::payment_required, "used up", 402, "https://pay.example/1"};
  what.gateway.ok = false;
  what.gateway.failing_for = std::chrono::milliseconds(2500);
  what.gateway.reason = "no response";
  const std::string all = status_of(what, Audience::owner);
  CHECK(has(all, R"("reasons":["the gateway cannot be used: no response","used up"])"));
  CHECK(has(all, R"("confirmed_age_s":null,"from_cache":true,"cache_age_s":3600.0,"rules":1)"));
  CHECK(has(
      all,
      R"("ok":false,"circuit":"open","warm_connections":2,"early_connect":"proven","known_hosts":3,"connect_ms":12.5,"failing_s":2.5,"reason":"no response"})"));
  CHECK(has(all, R"("failures_in_row":3,"trouble":"payment_required","http_status":402,"reason":"used up",)"
                 R"("claim_url":"https://pay.example/1"})"));
  CHECK(has(all, R"("next":"open https://pay.example/1"})"));
  const std::string some = status_of(what, Audience::anyone);
  CHECK(has(
      some,
      R"("ok":false,"circuit":"open","warm_connections":2,"early_connect":"proven","known_hosts":3,"connect_ms":12.5,"failing_s":2.5})"));
  CHECK(has(some, R"("trouble":"payment_required","http_status":402})"));
  CHECK_FALSE(has(some, "pay.example"));
  CHECK_FALSE(has(some, "used up"));
}

TEST_CASE("The JSON of /tunnels") {
  const std::string shop =
      R"({"open":3,"tunnels":[{"host":"shop.example:443","route":"gateway","rule":"*.\"quoted\"",)"
      R"("configuration":7,"age_s":61.5,"idle_s":0.25,"bytes_up":10,"bytes_down":2000000}]})";
  CHECK(json_of(ask("GET", "/tunnels")) == shop);
  const StatusProvider provider = source(status());
  CHECK(json_of(answer_probe({provider, "/tunnels", Audience::anyone})) == shop);
  CHECK(tunnels_json({}) == "{\"open\":0,\"tunnels\":[]}\n");
}

TEST_CASE("The JSON of rules and geo, with and without a configuration") {
  CHECK(
      json_of(ask("GET", "/rules")) ==
      R"({"configuration":7,"rules":["shop.example"],"local_rules":[],"session_id":"session42","target_geo":"us-ny","auto":"off","learned":[]})");
  CHECK(json_of(ask("GET", "/geo")) == R"({"target_geo":"us-ny"})");
  StatusSnapshot early = status();
  early.snapshot.reset();
  CHECK(json_of(ask("GET", "/rules", {}, {}, early)) == R"({"next":"aluvia-connect wait --port 54321"})");
  CHECK(json_of(ask("GET", "/geo", {}, {}, early)) == R"({"target_geo":null})");
}

TEST_CASE("The JSON of a change, of a refresh and of a stop") {
  const std::string changed =
      R"({"configuration":7,"rules":["new.example"],"local_rules":["own.example"],"session_id":"session42",)"
      R"("target_geo":"us-ny","removed":["old.example"]})";
  CHECK(json_of(ask("POST", "/rules", R"({"clear":true})")) == changed);
  CHECK(json_of(ask("POST", "/geo", R"({"geo":"us-ny"})")) == changed);
  CHECK(json_of(ask("POST", "/rotate")) == changed);
  CHECK(json_of(ask("POST", "/refresh")) == json_of(ask("GET", "/status")));
  CHECK(json_of(ask("POST", "/stop")) == R"({"stopping":true})");
}

TEST_CASE("The JSON and the status of every kind of error of the API") {
  struct Row {
    ApiError::Kind kind;
    int status;
    const char* code;
    const char* next;
  };
  const std::vector<Row> rows{
      {ApiError::Kind::invalid, 400, "invalid", ""},
      {ApiError::Kind::rejected, 422, "rejected", ""},
      {ApiError::Kind::token_refused, 401, "token_refused",
       "create a user API token in the dashboard and start the proxy again with it"},
      {ApiError::Kind::payment_required, 402, "payment_required", ""},
      {ApiError::Kind::rate_limited, 429, "rate_limited", ""},
      {ApiError::Kind::api_error, 503, "api_error", "try again"},
      {ApiError::Kind::unreachable, 504, "unreachable", "try again"},
      {ApiError::Kind::bad_answer, 502, "bad_answer", "try again"},
      {ApiError::Kind::conflict, 409, "conflict", "try again"},
      {ApiError::Kind::not_running, 503, "not_running", "try again"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.code);
    const Answer answer = ask("POST", "/rotate", {}, ApiError{row.kind, "a \"reason\"", {}});
    CHECK(answer.status == row.status);
    const std::string next = *row.next ? R"(,"next":")" + std::string(row.next) + '"' : "";
    CHECK(json_of(answer) ==
          R"({"error":{"code":")" + std::string(row.code) + R"(","message":"a \"reason\""})" + next + "}");
  }
}

TEST_CASE("The JSON of a request that is wrong") {
  CHECK(
      json_of(ask("POST", "/geo", "{}")) ==
      R"({"error":{"code":"bad_request","message":"the body must be {\"geo\": \"CODE\"} or {\"geo\": null}"}})");
  CHECK(json_of(ask("GET", "/explain")) ==
        R"({"error":{"code":"bad_request","message":"explain takes url=URL-OR-HOST"}})");
  CHECK(json_of(ask("GET", "/stop")) ==
        R"({"error":{"code":"method_not_allowed","message":"this takes POST"}})");
}
