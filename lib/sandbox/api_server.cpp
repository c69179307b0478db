#include "sandbox/api_server.hpp"

#include "base/ascii.hpp"
#include "sandbox/json.hpp"

#include <utility>

#include <fmt/format.h>

namespace aluvia::sandbox {
namespace {

constexpr std::size_t body_limit = 16 * 1024 * 1024;  // rule lists of tests are long

Answer json_answer(int status, std::string body, std::string_view fields = {}) {
  const std::string all = fmt::format("Content-Type: application/json\r\n{}", fields);
  std::string head = response_head(status, all, body.size());
  return {std::move(head), std::move(body)};
}

Answer error_answer(int status, std::string_view code, std::string_view message,
                    std::string_view details = "") {
  JsonObject error;
  error.text("code", code).text("message", message);
  if (!details.empty()) error.raw("details", details);
  const std::string_view fields = status == 401 ? "WWW-Authenticate: Bearer\r\n" : "";
  return json_answer(status, JsonObject().raw("success", "false").raw("error", error.done()).done(), fields);
}

// If-None-Match is a list, and compares weakly (RFC 9110 §13.1.2).
bool matches_etag(const Request& request, std::string_view etag) {
  const auto& fields = request.head().fields;
  return http::list_contains(fields, "If-None-Match", etag) ||
         http::list_contains(fields, "If-None-Match", fmt::format("W/{}", etag)) ||
         http::list_contains(fields, "If-None-Match", "*");
}

std::string_view without_version(std::string_view path) {
  if (path.starts_with("/v1/")) path.remove_prefix(3);
  return path;
}

// The paths of one user in all generations of the API. 1 is its only connection.
bool is_configuration(std::string_view path) {
  return path == "/user" || path == "/connection" || path.starts_with("/account/connections/");
}

bool is_known(std::string_view path) {
  return !path.starts_with("/account/") || path == "/account/connections/1";
}

}  // namespace

asio::awaitable<void> ApiServer::serve(Wire& wire) {
  bool counted = false;
  for (;;) {
    Request request;
    const ReadEnd end = co_await request.read(wire);
    if (end == ReadEnd::closed) co_return;
    if (end == ReadEnd::wrong) {
      const Answer answer = error_answer(request.error().status, "bad_request", request.error().why);
      const std::string all = answer.head + answer.body;
      co_await wire.stream().write(all);
      co_return;
    }
    const bool goes_on = co_await serve_request(wire, request, counted);
    if (!goes_on) co_return;
  }
}

asio::awaitable<bool> ApiServer::serve_request(Wire& wire, const Request& request, bool& counted) {
  RequestBody body(wire, request);
  std::string text;
  const bool whole = co_await read_whole(body, body_limit, text);
  if (!whole) co_return false;
  const std::string_view path = without_version(request.path());
  if (!is_configuration(path)) {
    const Answer answer = answer_control(path, request, text);
    const std::string all = answer.head + answer.body;
    const std::error_code failed = co_await wire.stream().write(all);
    co_return !failed && request.wants_keep_alive();
  }
  if (!std::exchange(counted, true)) book_.change([](Record& record) { ++record.api_connections; });
  book_.change([&](Record& record) {
    if (request.head().method == "GET") ++record.polls;
    record.api_path = request.path();
  });
  if (const auto fault = faults_.take()) {
    const Answer right = fault->kind == FaultKind::stall_body || fault->kind == FaultKind::dribble
                             ? answer_user(request, text)
                             : Answer("", "");
    const Answer answer = faulty_answer(*fault, right);
    const bool goes_on = co_await deliver_fault(wire, *fault, answer);
    co_return goes_on&& request.wants_keep_alive();
  }
  const Answer answer = answer_user(request, text);
  const std::string all = answer.head + answer.body;
  const std::error_code failed = co_await wire.stream().write(all);
  co_return !failed && request.wants_keep_alive();
}

// Returns 0, or the status of the rejection.
int ApiServer::refusal(const Request& request) const {
  constexpr std::string_view scheme = "bearer ";
  const std::string_view value = request.field("Authorization");
  if (value.size() <= scheme.size() || !ascii::equals_ignoring_case(value.substr(0, scheme.size()), scheme)) {
    return 401;
  }
  const std::string_view token = ascii::trim(value.substr(scheme.size()));
  if (token.starts_with("forbidden")) return 403;
  return token == token_ ? 0 : 401;
}

Answer ApiServer::answer_user(const Request& request, std::string_view body) {
  switch (refusal(request)) {
    case 401:
      return error_answer(401, "unauthorized", "Invalid or missing token");
    case 403:
      return error_answer(403, "forbidden", "This kind of token cannot read this endpoint");
    default:
      break;
  }
  if (!is_known(without_version(request.path()))) {
    return error_answer(404, "connection_not_found", "There is no such connection: the only one is 1");
  }
  if (request.head().method == "GET") return answer_get(request);
  if (request.head().method == "PATCH") return answer_patch(request, body);
  return error_answer(405, "method_not_allowed", "GET and PATCH are understood here");
}

Answer ApiServer::answer_get(const Request& request) {
  const std::string etag = user_.etag();
  const std::string field = fmt::format("ETag: {}\r\n", etag);
  if (!matches_etag(request, etag)) return json_answer(200, user_.body(), field);
  book_.change([](Record& record) { ++record.not_modified; });
  return {response_head(304, field, 0), {}};
}

Answer ApiServer::answer_patch(const Request& request, std::string_view body) {
  // RFC 9110 §13.1.1: the comparison is strong, and so are these ETags.
  const bool conditional = !request.field("If-Match").empty();
  if (conditional && !http::list_contains(request.head().fields, "If-Match", user_.etag())) {
    return error_answer(412, "precondition_failed", "The configuration has changed meanwhile");
  }
  const auto done = user_.patch(body);
  if (done) return json_answer(200, user_.body(), fmt::format("ETag: {}\r\n", user_.etag()));
  const FieldError& error = done.error();
  const std::string messages = fmt::format("[{}]", json_quote(error.message));
  return error_answer(422, "validation_error", "The change is not valid",
                      JsonObject().raw(error.field, messages).done());
}

Answer ApiServer::answer_control(std::string_view path, const Request& request, std::string_view body) {
  const std::string_view method = request.head().method;
  if (path == "/sandbox/requests" && method == "GET") return json_answer(200, to_json(book_.copy()));
  if (path == "/sandbox/requests" && method == "DELETE") {
    book_.change([](Record& record) { record = Record(); });
    return json_answer(200, to_json(book_.copy()));
  }
  if (path == "/sandbox/user" && method == "PUT") {
    const auto done = user_.put(body);
    if (!done) return error_answer(400, "bad_request", done.error());
    return json_answer(200, user_.body(), fmt::format("ETag: {}\r\n", user_.etag()));
  }
  if (path == "/sandbox/faults" && method == "PUT") {
    auto change = parse_fault_change(body);
    if (!change) return error_answer(400, "bad_request", change.error());
    if (change->api) faults_.set(std::move(*change->api));
    if (change->gateway) gateway_faults_.set(std::move(*change->gateway));
    return json_answer(200, "{\"success\":true}");
  }
  return error_answer(
      404, "not_found",
      "Known: /user, /connection, /account/connections/1, /sandbox/requests, /sandbox/user, /sandbox/faults");
}

}  // namespace aluvia::sandbox
