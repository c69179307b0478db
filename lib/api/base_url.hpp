// BaseUrl: the checked parts of the API's base URL. Opens no socket and looks up no name.
#pragma once

#include "base/result.hpp"
#include "http/authority.hpp"

#include <string>
#include <string_view>

namespace aluvia::api {

/// The part of RFC 3986 §3 that makes sense for an API: scheme, host, port, and a path that is a prefix.
struct BaseUrl {
  bool tls = true;
  http::Authority authority;
  std::string prefix;  ///< empty or `/v1`: no trailing slash

  /// Returns `host:port` for people, an IPv6 host in brackets.
  std::string shown() const { return authority.text(); }
  /// Returns the Host field (RFC 9110 §7.2), without the port if that is the scheme's default.
  std::string host_field() const;
};

/// The error is one sentence, and does not quote user information.
Result<BaseUrl, std::string> parse_base_url(std::string_view text);

}  // namespace aluvia::api
