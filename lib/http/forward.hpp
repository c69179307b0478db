// The head that goes out for a head that came in (RFC 9110 §7.6): hop-by-hop fields out, everything else byte
// for byte, in order, in its own letter case. Nothing is added: no Via, no X-Forwarded-For, no Server.
//
// Removed: Connection and every field that it or the Connection sent in its place names, Keep-Alive,
// Proxy-Connection, Proxy-Authorization, Proxy-Authenticate, Proxy-Authentication-Info, TE, Upgrade,
// HTTP2-Settings.
// Transfer-Encoding, Content-Length, Host and Trailer stay even where Connection names them: the body is
// forwarded as it is framed, and a message whose framing fields can be made to vanish is read differently by
// the server behind us.
//
// A request reaches the site as the client would have sent it there without a proxy. So `keep-alive` and
// `close` in its Connection stay, in their place and spelling, and a `Proxy-Connection: keep-alive` without a
// Connection beside it becomes `Connection: keep-alive` in its place: that is how Chromium treats the field.
// Any other Proxy-Connection goes: curl, wget and others send it to a proxy only. The gateway gets none of
// these: it is a proxy, and the connection to it is ours and carries the requests of many clients.
#pragma once

#include "http/head.hpp"
#include "http/target.hpp"

#include <string>
#include <string_view>

namespace aluvia::http {

enum class OutgoingForm {
  origin,    ///< path only: for the origin itself
  absolute,  ///< http://host:port/path: for the gateway
};

struct OutgoingRequest {
  OutgoingForm form = OutgoingForm::origin;
  /// Value of Proxy-Authorization, for the gateway only; empty for none.
  std::string_view proxy_authorization;
};

/// Appends the outgoing request head, always HTTP/1.1. The Host field keeps its place and is rewritten where
/// it differs from the target's authority, of which an IPv4 address in another spelling is written as four
/// decimal numbers; where there is none (HTTP/1.0) it is put first. Bytes of path and query from 0x80 on are
/// percent-encoded. A request that asks for an upgrade keeps `Upgrade`, without h2c, and that member of its
/// Connection. `TE: trailers` is dropped. Max-Forwards of a TRACE or OPTIONS request becomes one less, where
/// it is not 0. Room is made for the whole head before the first byte: a credential in it is not copied while
/// `out` grows. Precondition: `target` is the head's, in absolute-form.
void append_request_head(std::string& out, const RequestHead& head, const Target& target,
                         const OutgoingRequest& outgoing);

struct OutgoingResponse {
  int client_minor = 1;                 ///< what the client speaks
  bool close = false;                   ///< the client connection ends after this response
  bool drop_transfer_encoding = false;  ///< the body's chunks are being stripped for an HTTP/1.0 client
};

/// Appends the outgoing response head: status line always HTTP/1.1, with the status and reason as received.
/// `Connection: close` where the connection ends, which that of a 1.0 client always does (RFC 9112 §9.3), and
/// `Connection: Upgrade` with the Upgrade field in a 101, and in a 426 that has the field (RFC 9110
/// §15.5.22). A 1xx and a 204 lose Content-Length and Transfer-Encoding, which they must not have (RFC 9110
/// §8.6, RFC 9112 §6.1): some readers would wait for that body, or take the next response for it. A client of
/// HTTP/1.0 never gets Transfer-Encoding (RFC 9112 §6.1), and no client gets the coding `identity`.
/// Proxy-Status keeps no members in our name. Every line ends in CRLF, whatever ended it before.
void append_response_head(std::string& out, const ResponseHead& head, const OutgoingResponse& outgoing);

}  // namespace aluvia::http
