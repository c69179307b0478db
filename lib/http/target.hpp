// Request-targets (RFC 9112 §3.2): which of the four forms a proxy was asked with, and what it names.
#pragma once

#include "base/result.hpp"
#include "http/authority.hpp"
#include "http/head.hpp"

#include <string_view>

namespace aluvia::http {

enum class TargetForm {
  origin,     ///< /path?query: the request is for the proxy itself
  absolute,   ///< http://host[:port]/path?query: a request to forward
  authority,  ///< host:port, with CONNECT only
  asterisk,   ///< *, with OPTIONS only: for the proxy itself
};

struct Target {
  TargetForm form = TargetForm::origin;
  Authority authority;              ///< absolute and authority-form
  std::string_view authority_text;  ///< absolute-form: the same as it was sent
  /// Path and query as sent: bytes from 0x80 on, which only absolute-form may have, stand there raw;
  /// append_request_head() encodes them. An empty path is `/`, or `*` for an OPTIONS request without path and
  /// query (RFC 9112 §3.2.4). When the target has a query but no path the view cannot show the missing slash:
  /// then `needs_slash` is set and a `/` goes before it.
  std::string_view path;
  bool needs_slash = false;
};

/// 400 for what does not parse (userinfo, fragment, control characters, empty host, bad port, authority-form
/// without CONNECT, a target of more than one form, bytes from 0x80 on outside path and query of
/// absolute-form), 414 for a path and query that percent-encoding makes longer than 64 KiB, 501 for a
/// scheme other than http and ws (https and wss belong into a CONNECT tunnel). ws:// means http:// here: an
/// Upgrade request follows.
Result<Target, ParseError> parse_target(const RequestHead& head);

/// Whether the Host fields of a request are acceptable (RFC 9112 §3.2): exactly one in HTTP/1.1, at most one
/// in HTTP/1.0, a valid authority or empty. A CONNECT may have none: its target says the same, and there are
/// clients that send only that (lftp, links).
Result<void, ParseError> check_host_fields(const RequestHead& head);

}  // namespace aluvia::http
