// Basic authentication (RFC 7617), as a client sends it; knows no passwords.
//
//   credentials = "Basic" 1*SP token68        (RFC 9110 §11.4)
#pragma once

#include "base/secret.hpp"

#include <string_view>

namespace aluvia::http {

/// What a server of ours asks with: the value of Proxy-Authenticate or WWW-Authenticate.
inline constexpr std::string_view basic_challenge = "Basic realm=\"aluvia-connect\"";

/// The token68 of an Authorization or Proxy-Authorization value; empty where it is of another scheme or none.
std::string_view basic_token(std::string_view value) noexcept;

/// True for USER:PASSWORD: a user without a colon, a password that may be empty (RFC 7617 §2),
/// nothing but printable ASCII (how other characters are encoded is each client's own idea), at most 255
/// characters.
bool is_user_and_password(std::string_view text) noexcept;

/// What a client that knows `user:password` sends as its token68.
Secret basic_token_of(const Secret& user_and_password);

/// `user:password` for the userinfo of a URL, everything but RFC 3986's unreserved characters escaped.
Secret url_userinfo(const Secret& user_and_password);

/// The inverse for what url_userinfo() has written: `user:password`.
Secret user_and_password_of(std::string_view url_userinfo);

}  // namespace aluvia::http
