#include "control/response.hpp"

#include "base/ascii.hpp"
#include "base/redaction.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace aluvia::control {
namespace {

using config::ApiError;
using Kind = ApiError::Kind;

bool same(const config::UserResponse& a, const config::UserResponse& b) {
  return a.proxy_username == b.proxy_username && a.proxy_password == b.proxy_password &&
         a.has_rules == b.has_rules && a.rules == b.rules && a.auto_hostnames == b.auto_hostnames &&
         a.session_id == b.session_id && a.target_geo == b.target_geo && a.connection_id == b.connection_id;
}

ApiError bad_response(std::optional<int> status, const std::string& why,
                      ApiError::Cause cause = ApiError::Cause::none) {
  ApiError error{
      Kind::bad_answer,
      fmt::format("cannot use the response of the API: {}; check the API base URL, and report it to "
                  "Aluvia if that is right",
                  why),
      status};
  error.cause = cause;
  return error;
}

// Removes secrets from a text of the API or the TLS library: the token, and the gateway's credentials of the
// known configuration. A short user name stays, because it is often a common word.
std::string foreign_words(const std::string& words, const Secret& token, const config::UserResponse* user) {
  static constexpr std::size_t shortest_name = 6;
  std::string out = without_secret(words, token);
  if (!user) return out;
  out = without_secret(out, user->proxy_password);
  const Secret& name = user->proxy_username;
  return name.reveal().size() < shortest_name ? out : without_secret(out, name);
}

std::string foreign_words(const std::string& words, const ControlOptions& options, const Known* known) {
  return foreign_words(words, options.token, known ? &known->user : nullptr);
}

// Drops a link that contains a secret: without the secret the link does not work.
config::ErrorResponse foreign_words(config::ErrorResponse error, const ControlOptions& options,
                                    const Known* known) {
  error.code = foreign_words(error.code, options, known);
  error.message = foreign_words(error.message, options, known);
  if (error.claim_url != foreign_words(error.claim_url, options, known)) error.claim_url.clear();
  return error;
}

// Returns the error code of the API if it is a word; other text is not shown.
std::string shown_code(const config::ErrorResponse& error) {
  const bool plain = error.code.size() <= 40 && std::all_of(error.code.begin(), error.code.end(), [](char c) {
                       return ascii::is_alpha(c) || c == '_';
                     });
  return plain && !error.code.empty() ? " " + error.code : "";
}

std::string shown_wait(std::optional<std::chrono::seconds> wait) {
  return wait ? fmt::format("in {} s", wait->count()) : "later";
}

std::string payment_message(const config::ErrorResponse& error) {
  return "the API asks for payment first (402 payment required); " +
         (error.claim_url.empty() ? "look at the account's balance in the dashboard"
                                  : "see " + error.claim_url);
}

std::string forbidden_message(const std::string& connection_id) {
  return fmt::format(
      "the API rejected the token (403 forbidden): it is the wrong kind of token for this endpoint, which "
      "takes "
      "{}; check the token{}",
      connection_id.empty() ? "a user API token" : "an account's API key",
      connection_id.empty() ? "" : " and the connection id");
}

std::string not_found_message(const config::ErrorResponse& error, const std::string& connection_id) {
  if (!connection_id.empty())
    return fmt::format("the API has no connection {} for this token (404{}); check the connection id",
                       connection_id, shown_code(error));
  return fmt::format(
      "the API has no user for this token here (404{}); check the API base URL, and that the token is a user "
      "API token",
      shown_code(error));
}

std::string message_for(int status, const config::ErrorResponse& error,
                        std::optional<std::chrono::seconds> retry_after, const std::string& connection_id) {
  if (status == 401)
    return "the API rejected the token (401 unauthorized); check the token, or create a new user API token "
           "in "
           "the dashboard";
  if (status == 403) return forbidden_message(connection_id);
  if (status == 402) return payment_message(error);
  if (status == 404) return not_found_message(error, connection_id);
  if (status == 422)
    return "the API rejects the change: " +
           (error.message.empty() ? "422 without a reason" : error.message + " (422)");
  if (status == 429)
    return fmt::format("the API gets too many requests (429); try again {}", shown_wait(retry_after));
  if (status >= 500)
    return fmt::format("the API has an internal error ({}{}); try again {}", status, shown_code(error),
                       shown_wait(retry_after));
  if (status >= 300 && status < 400)
    return fmt::format("the API redirects ({}), and a redirect is not followed; check the API base URL",
                       status);
  return fmt::format("the API returned {}{}, which has no meaning here; check the API base URL", status,
                     shown_code(error));
}

Kind kind_of(int status) noexcept {
  if (status == 401 || status == 403) return Kind::token_refused;
  if (status == 402) return Kind::payment_required;
  if (status == 429) return Kind::rate_limited;
  return status >= 400 && status < 500 ? Kind::rejected : Kind::api_error;
}

ApiError error_status(const api::ApiReply& reply, const Known* known, const ControlOptions& options) {
  auto said = foreign_words(config::decode_error_response(reply.body), options, known);
  ApiError error{kind_of(reply.status),
                 message_for(reply.status, said, reply.retry_after, options.connection_id), reply.status};
  error.retry_after = reply.retry_after;
  if (error.kind == Kind::payment_required) error.claim_url = std::move(said.claim_url);
  return error;
}

// Adds no advice after a TLS error, which contains it, or after a call that this proxy ended itself.
ApiError no_reply(ApiError error, const Known* known, const ControlOptions& options) {
  error.message = foreign_words(error.message, options, known);
  if (error.kind == Kind::bad_answer) return bad_response(std::nullopt, error.message, error.cause);
  if (error.kind == Kind::unreachable && error.cause != ApiError::Cause::tls)
    error.message += "; check the network and the API base URL";
  return error;
}

Response interpret_success(const api::ApiReply& reply, const Known* known, const ControlOptions& options) {
  auto user = config::decode_user_response(reply.body);
  if (!user) return bad_response(reply.status, foreign_words(user.error(), options, known));
  // A response without `rules` does not mean that known rules were removed.
  if (known && known->user.has_rules && !user->has_rules)
    return bad_response(reply.status, "rules is missing");
  if (known && same(*user, known->user)) return Unchanged{reply.etag};

  Changed changed;
  const std::uint64_t version = known ? known->snapshot->version + 1 : 1;
  auto snapshot = make_snapshot(*user, options, options.local_rules, options.policy, reply.etag, version);
  changed.now = Known{std::move(*user), std::move(snapshot), reply.etag};
  return changed;
}

}  // namespace

config::Snapshot make_snapshot(const config::UserResponse& user, const ControlOptions& options,
                               const std::vector<std::string>& local_rules, policy::SharedPolicy policy,
                               std::string etag, std::uint64_t version) {
  std::vector<std::string> warnings;
  auto snapshot = config::make_snapshot(user, options.gateway, local_rules, std::move(etag), version,
                                        warnings, options.learned ? &*options.learned : nullptr);
  snapshot->policy = std::move(policy);
  for (std::string& warning : snapshot->warnings) warning = foreign_words(warning, options.token, &user);
  return snapshot;
}

Response interpret(Result<api::ApiReply, ApiError> result, const Known* known, const ControlOptions& options,
                   Asked asked) {
  if (!result) return no_reply(std::move(result.error()), known, options);
  // A 304 may carry an ETag; the old one stays in use.
  if (result->status == 304 && known && asked == Asked::configuration) return Unchanged{};
  if (result->status == 304) return bad_response(304, "304 Not Modified to a request without a condition");
  Response response = result->status == 200 ? interpret_success(*result, known, options)
                                            : Response(error_status(*result, known, options));
  return response;
}

}  // namespace aluvia::control
