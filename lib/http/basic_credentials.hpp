// Reads and writes Basic credentials (RFC 7617). It compares no passwords.
//
//   credentials = "Basic" 1*SP token68        (RFC 9110 §11.4)
#pragma once

#include "base/secret.hpp"

#include <string_view>

namespace aluvia::http {

/// The challenge that this program sends as Proxy-Authenticate or WWW-Authenticate.
inline constexpr std::string_view basic_challenge = "Basic realm=\"aluvia-connect\"";

/// Returns the token68 of an Authorization or Proxy-Authorization value; empty if the scheme is not Basic.
std::string_view basic_token(std::string_view value) noexcept;

/// Returns true for USER:PASSWORD. The user is not empty and has no colon; the password may be empty (RFC
/// 7617 §2). At most 255 characters of printable ASCII: clients do not agree on the encoding of others.
bool is_user_and_password(std::string_view text) noexcept;

/// Returns the token68 for `user:password`.
Secret basic_token_of(const Secret& user_and_password);

/// Returns `user:password` as the userinfo of a URL: all but unreserved characters are percent-encoded (RFC
/// 3986 §2.3).
Secret url_userinfo(const Secret& user_and_password);

/// Reverses url_userinfo() and returns `user:password`.
Secret user_and_password_of(std::string_view url_userinfo);

}  // namespace aluvia::http
