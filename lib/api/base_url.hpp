// The API's base URL, taken apart and checked: text in, checked parts out. It knows no socket and looks up no
// name.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aluvia::api {

/// RFC 3986 §3, the part of it that makes sense for an API: scheme, host, port and a path that is a prefix.
struct BaseUrl {
  bool tls = true;
  std::string host;  ///< lower case, no brackets
  std::uint16_t port = 443;
  std::string prefix;  ///< empty or `/v1`: no trailing slash

  /// `host:port` for people, an IPv6 host in brackets.
  std::string shown() const;
  /// The Host field (RFC 9110 §7.2): the port only where it is not the scheme's own.
  std::string host_field() const;
};

/// The error is a sentence that says what is wrong; it does not quote userinfo.
Result<BaseUrl, std::string> parse_base_url(std::string_view text);

}  // namespace aluvia::api
