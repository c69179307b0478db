// Determines the length of a message body (RFC 9112 §6.3). Messages whose length is ambiguous are rejected.
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

/// Returns the framing of a request. Errors: 400 for Content-Length together with Transfer-Encoding,
/// Content-Length twice (also as a list, also when the values are the same), signs, spaces and overflow in
/// it, Transfer-Encoding in HTTP/1.0 or twice, and a last transfer coding other than chunked; 501 for an
/// unknown coding in front of the final `chunked`.
Result<Framing, ParseError> request_framing(const RequestHead& head);

/// Returns the framing of a response, with the same checks and error status 502. Responses to HEAD, 2xx to
/// CONNECT, and 1xx, 204 and 304 have no body, whatever their fields say. A repeated Content-Length is an
/// error even if the values are equal. A transfer coding other than chunked is an error; the body is not read
/// until close. `identity` is ignored, also in a list.
Result<Framing, ParseError> response_framing(const ResponseHead& head, std::string_view request_method);

/// Returns true if a response announces a body that its status forbids: Transfer-Encoding, or a
/// Content-Length other than 0, in a 1xx or 204 (RFC 9110 §8.6, RFC 9112 §6.1). No body is read, but the
/// sender may send one, so its connection must not be used for another request.
bool announces_forbidden_body(const ResponseHead& head) noexcept;

/// Returns true if a response with that status must have neither Content-Length nor Transfer-Encoding.
constexpr bool forbids_framing(int status) noexcept {
  return status / 100 == 1 || status == 204;
}

/// Returns true for the transfer coding `identity` in any letter case: the obsolete name for no coding.
bool is_identity_coding(std::string_view coding) noexcept;

/// Returns true if the sender of the head keeps the connection open after the message (RFC 9112 §9.3).
bool wants_keep_alive(int minor, const Fields& fields) noexcept;

/// Returns true if a proxy may read another request behind this one. False for every client of HTTP/1.0, even
/// with `Connection: keep-alive`: a proxy MUST NOT keep it (RFC 9112 §9.3), because a 1.0 proxy before us may
/// have forwarded the field without understanding it, and would wait for the end of the connection (RFC 9112
/// Appendix C.2.2).
bool allows_next_request(const RequestHead& head) noexcept;

}  // namespace aluvia::http
