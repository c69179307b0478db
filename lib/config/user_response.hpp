// The body of `GET /user`, decoded: pure text in, checked values out. A body is never logged or quoted: it
// repeats the password in several places.
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
  bool has_rules = true;  ///< false where the body had no `rules`, or null: then `rules` is empty
  std::vector<std::string> auto_hostnames;  ///< what AUTO stands for; usually absent
  std::optional<std::string> session_id;
  std::optional<std::string> target_geo;
  std::optional<std::string> connection_id;  ///< `connection_id` or `id`, number or digits
  std::vector<std::string> warnings;         ///< what was skipped, a sentence each, without any of the values
};

/// Accepts `{"success": true, "data": {…}}`, `{"data": {…}}` and the bare object; `rules` as a list, or as an
/// object `{"type", "items"}` whose items are a list or a comma-separated string. The error is one sentence
/// that says what is missing or wrong, without quoting the body. Missing rules are no error here: see
/// has_rules.
Result<UserResponse, std::string> decode_user_response(std::string_view body);

/// What an error answer says, as far as it says anything; texts are printable and at most 200 bytes, the URL
/// at most 2,000 (half a link is of no use).
struct ErrorResponse {
  std::string code;
  std::string message;
  std::string claim_url;  ///< with 402: where to pay; an http(s) URL or empty
};

/// Accepts `{"success": false, "error": {"code", "message", "details"}}` and `{"error": "text"}`; of a 422's
/// `details` the first message is taken. Anything else gives an empty ErrorResponse.
ErrorResponse decode_error_response(std::string_view body);

}  // namespace aluvia::config
