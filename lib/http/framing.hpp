// How long a message body is (RFC 9112 §6.3), decided once per message, refused when it can be read in two
// ways.
#pragma once

#include "base/result.hpp"
#include "http/head.hpp"

#include <cstdint>
#include <string_view>

namespace aluvia::http {

enum class BodyKind {
  none,         ///< no body follows the head
  length,       ///< exactly `length` bytes (1 or more)
  chunked,      ///< chunks and trailers up to the last CRLF
  until_close,  ///< everything up to the end of the connection; responses only
};

struct Framing {
  BodyKind kind = BodyKind::none;
  std::uint64_t length = 0;
};

/// 400 for Content-Length together with Transfer-Encoding, Content-Length twice (also as a list, also when
/// the values are the same), signs, spaces and overflow in it, Transfer-Encoding in HTTP/1.0 or twice, and a
/// last transfer coding other than chunked; 501 for an unknown coding in front of the final `chunked`.
Result<Framing, ParseError> request_framing(const RequestHead& head);

/// The same checks with status 502; `request_method` because HEAD and CONNECT change the answer. A 1xx, 204
/// or 304 has no body whatever its fields say. Equal repeated Content-Length values are refused too. A
/// response with a transfer coding other than chunked is refused rather than read until close; `identity`
/// counts for nothing, also in a list.
Result<Framing, ParseError> response_framing(const ResponseHead& head, std::string_view request_method);

/// Whether a response announces a body that its status forbids: Transfer-Encoding, or a Content-Length other
/// than 0, in a 1xx or 204 (RFC 9110 §8.6, RFC 9112 §6.1). We read none, but the sender may go on to send
/// one: nothing that follows on its connection can be trusted to be the next response.
bool announces_forbidden_body(const ResponseHead& head) noexcept;

/// Whether a response with that status may carry neither Content-Length nor Transfer-Encoding.
constexpr bool forbids_framing(int status) noexcept {
  return status / 100 == 1 || status == 204;
}

/// True for the transfer coding `identity` in any letter case: an obsolete word for no coding at all.
bool is_identity_coding(std::string_view coding) noexcept;

/// Whether the sender of the head keeps the connection open after the message (RFC 9112 §9.3).
bool wants_keep_alive(int minor, const Fields& fields) noexcept;

/// True if a proxy may read another request behind this one. A client of HTTP/1.0 is never kept, also where
/// it asks for that: a proxy MUST NOT (RFC 9112 §9.3), because a 1.0 proxy in front of us may have passed on
/// a `Connection: keep-alive` that it does not understand, and then waits for our end (RFC 9112 Appendix
/// C.2.2).
bool allows_next_request(const RequestHead& head) noexcept;

}  // namespace aluvia::http
