// Decodes the body of `GET /user` and of an error. A body is never logged or quoted, because it repeats the
// password in several places.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::config {

struct UserResponse {
  Secret proxy_username;  ///< trimmed, never empty
  Secret proxy_password;  ///< trimmed, never empty
  std::vector<std::string> rules;
  bool has_rules = true;  ///< false if the body had no `rules`, or null; then `rules` is empty
  std::vector<std::string> auto_hostnames;  ///< the hosts of AUTO; usually absent
  std::optional<std::string> session_id;
  std::optional<std::string> target_geo;
  std::optional<std::string> connection_id;  ///< `connection_id` or `id`, number or digits
  std::vector<std::string> warnings;  ///< one sentence for each kind of skipped entry, without its value
};

/// Accepts `{"success": true, "data": {…}}`, `{"data": {…}}` and the bare object; `rules` as a list, or as an
/// object `{"type", "items"}` whose items are a list or a comma-separated string. The error is one sentence
/// about the missing or invalid part, without a quote of the body. Missing rules are no error: see has_rules.
Result<UserResponse, std::string> decode_user_response(std::string_view body);

/// The parts of an error response, empty if absent. Texts are printable and at most 200 bytes, the URL at
/// most 2,000.
struct ErrorResponse {
  std::string code;
  std::string message;
  std::string claim_url;  ///< with 402: the http(s) URL of the page to pay, or empty
};

/// Accepts `{"success": false, "error": {"code", "message", "details"}}` and `{"error": "text"}`; takes the
/// first message of a 422's `details`. Any other body gives an empty ErrorResponse.
ErrorResponse decode_error_response(std::string_view body);

}  // namespace aluvia::config
