// Parses request-targets in their four forms (RFC 9112 §3.2).
#pragma once

#include "base/result.hpp"
#include "http/authority.hpp"
#include "http/head.hpp"

#include <string_view>

namespace aluvia::http {

enum class TargetForm {
  origin,     ///< /path?query, for the proxy itself
  absolute,   ///< http://host[:port]/path?query, to forward
  authority,  ///< host:port, with CONNECT only
  asterisk,   ///< *, with OPTIONS only, for the proxy itself
};

struct Target {
  TargetForm form = TargetForm::origin;
  Authority authority;              ///< in absolute-form and authority-form
  std::string_view authority_text;  ///< in absolute-form: the authority as sent
  /// Path and query as sent. Bytes from 0x80 on, which only absolute-form may have, are not encoded here;
  /// append_request_head() does that. An empty path is `/`, or `*` for an OPTIONS request without path and
  /// query (RFC 9112 §3.2.4). If the target has a query but no path, `needs_slash` is true and a `/` must be
  /// written before `path`, which is a view of the target.
  std::string_view path;
  bool needs_slash = false;
};

/// Parses the target of a request. Errors: 400 for invalid syntax (userinfo, fragment, control characters,
/// empty host, bad port, authority-form without CONNECT, a target of more than one form, bytes from 0x80 on
/// outside path and query of absolute-form), 414 for a path and query that percent-encoding makes longer than
/// 64 KiB, 501 for a scheme other than http and ws (https and wss need a CONNECT tunnel). ws:// is read as
/// http://; the request then asks for an upgrade.
Result<Target, ParseError> parse_target(const RequestHead& head);

/// Checks the Host fields of a request (RFC 9112 §3.2): exactly one in HTTP/1.1, at most one in HTTP/1.0,
/// each a valid authority or empty. A CONNECT may have none: its target has the same content, and some
/// clients (lftp, links) send no Host. Error: 400. Accepts without parsing a Host that equals `parsed`, the
/// text of the authority that parse_target() has accepted.
Result<void, ParseError> check_host_fields(const RequestHead& head, std::string_view parsed = {});

}  // namespace aluvia::http
