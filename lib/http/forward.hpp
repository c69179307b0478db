// Writes the head to forward for a head that was received (RFC 9110 §7.6): removes hop-by-hop fields and
// keeps all others byte for byte, in order and letter case. It adds no Via, X-Forwarded-For or Server.
//
// Removed: Connection and every field that the received or the sent Connection names, Keep-Alive,
// Proxy-Connection, Proxy-Authorization, Proxy-Authenticate, Proxy-Authentication-Info, TE, Upgrade,
// HTTP2-Settings.
// Transfer-Encoding, Content-Length, Host and Trailer stay even if Connection names them: the body is
// forwarded with its framing, and a client that could remove the framing fields could smuggle a request.
//
// A request reaches the site as the client would send it without a proxy. So `keep-alive` and `close` in its
// Connection stay, in their position and spelling, and `Proxy-Connection: keep-alive` without a Connection
// becomes `Connection: keep-alive` in the same position: Chromium sends one for the other. Any other
// Proxy-Connection is removed: curl, wget and others send it to proxies only. The gateway gets none of these:
// it is a proxy, and the connection to it carries the requests of many clients.
#pragma once

#include "http/head.hpp"
#include "http/target.hpp"

#include <string>
#include <string_view>

namespace aluvia::http {

enum class OutgoingForm {
  origin,    ///< path only, for the origin
  absolute,  ///< http://host:port/path, for the gateway
};

struct OutgoingRequest {
  OutgoingForm form = OutgoingForm::origin;
  /// Value of Proxy-Authorization; empty for none. Written in absolute-form only.
  std::string_view proxy_authorization;
};

/// Appends the request head to send, always HTTP/1.1. The Host field keeps its position; its value becomes
/// the target's authority, with an IPv4 address as four decimal numbers. If there is no Host (HTTP/1.0), it
/// is written first. Bytes from 0x80 on in path and query are percent-encoded. A request that asks for an
/// upgrade keeps `Upgrade`, without h2c, and that member of its Connection. `TE: trailers` is removed.
/// Max-Forwards of a TRACE or OPTIONS request is decremented unless it is 0. Storage for the whole head is
/// reserved first, so that `out` leaves no copy of a credential in freed memory. Precondition: `target`
/// belongs to `head` and is in absolute-form.
void append_request_head(std::string& out, const RequestHead& head, const Target& target,
                         const OutgoingRequest& outgoing);

struct OutgoingResponse {
  int client_minor = 1;                 ///< the client's version is HTTP/1.client_minor
  bool close = false;                   ///< the client connection ends after this response
  bool drop_transfer_encoding = false;  ///< for an HTTP/1.0 client that gets the body without chunks
};

/// Appends the response head to send: HTTP/1.1, with status and reason as received. Every line ends in CRLF.
/// Written: `Connection: close` if the connection ends, as that of a 1.0 client always does (RFC 9112 §9.3);
/// `Connection: Upgrade` in a 101, and in a 426 that has an Upgrade field (RFC 9110 §15.5.22).
/// Removed: Content-Length and Transfer-Encoding of a 1xx or 204, which must not have them (RFC 9110 §8.6,
/// RFC 9112 §6.1), because some readers would wait for a body or take the next response for it;
/// Transfer-Encoding for a client of HTTP/1.0 (RFC 9112 §6.1); the coding `identity`; members of Proxy-Status
/// in our name.
void append_response_head(std::string& out, const ResponseHead& head, const OutgoingResponse& outgoing);

}  // namespace aluvia::http
