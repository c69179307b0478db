// Reads heads of HTTP/1.x messages, start line and fields up to the blank line, in place (RFC 9112 §2 to §5).
//
//   request-line = method SP request-target SP HTTP-version CRLF
//   status-line  = HTTP-version SP status-code SP [ reason-phrase ] CRLF
//   field-line   = field-name ":" OWS field-value OWS CRLF
//
// Both readers reject a bare CR, obs-fold (RFC 9112 §5.2 lets a proxy do that), control characters other than
// HTAB, and names that are not tokens. The request reader accepts one deviation: at most four empty lines
// (CRLF) before a request-line (RFC 9112 §2.2).
//
// The response reader accepts what servers send: lines that end in LF alone (RFC 9112 §2.2), and white space
// before a colon, which a proxy must remove (RFC 9112 §5.1). forward.cpp writes neither of them.
#pragma once

#include "http/progress.hpp"

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace aluvia::http {

struct HeadLimits {
  std::size_t bytes = 64 * 1024;  ///< of the whole head; a longer one is 431, a longer request-line 414
  std::size_t fields = 256;       ///< of field lines, and of members in all Connection fields; more are 431
};

/// Limits for responses: servers send hundreds of fields (Set-Cookie, Link, Server-Timing).
inline constexpr HeadLimits response_head_limits{64 * 1024, 1000};

struct Field {
  std::string_view name;   ///< as sent
  std::string_view value;  ///< as sent, without optional white space around it
  /// The whole line as sent, without its end, which follows it; empty if it must not be forwarded unchanged.
  std::string_view line{};
};

/// Field lines in the order sent.
using Fields = std::vector<Field>;

/// Returns the first field with that name in any letter case, or nullptr.
const Field* find_field(const Fields& fields, std::string_view name) noexcept;
std::size_t count_fields(const Fields& fields, std::string_view name) noexcept;
/// Returns true if another field of that name follows `first`, which find_field() returned.
bool is_repeated(const Fields& fields, const Field& first) noexcept;

/// Returns true if the comma-separated lists of all fields called `name` contain `token`, in any letter case
/// (RFC 9110 §5.6.1).
bool list_contains(const Fields& fields, std::string_view name, std::string_view token) noexcept;

/// All views point into the bytes passed to the last read(): they are valid until those move or change.
struct RequestHead {
  std::string_view method;
  std::string_view target;
  int minor = 1;  ///< 0 or 1: the version is HTTP/1.minor; a higher minor version counts as 1
  Fields fields;
};

struct ResponseHead {
  int minor = 1;
  int status = 0;  ///< 100 to 999
  std::string_view reason;
  Fields fields;
};

namespace detail {

/// Position of a reader in a head that arrives in pieces. It holds offsets, so the bytes may move between
/// calls.
struct HeadCursor {
  std::size_t scanned = 0;      // bytes before it were searched for the end of a line
  std::size_t line_start = 0;   // start of the line that contains `scanned`
  std::size_t empty_lines = 0;  // before the start line
  std::size_t lines = 0;        // complete lines, start line included
  std::size_t nominations = 0;  // members of Connection, empty ones included
  bool complete = false;
};

inline Fields emptied(Fields fields) noexcept {
  fields.clear();
  return fields;
}

}  // namespace detail

/// Reads one head from a buffer that grows. Each call takes all bytes of the message received so far; bytes
/// already scanned are not scanned again. A forbidden character, a bare CR or LF and a folded line are
/// reported at once, any other error when its line is complete.
class RequestHeadReader {
 public:
  explicit RequestHeadReader(HeadLimits limits = {}) : limits_(limits) {}

  /// done: the head ends after consumed() bytes, its blank line and skipped empty lines included; head() is
  /// set. Another call with the same bytes at another address sets the views again. wrong: 400, 414, 431 or
  /// 505.
  Progress read(std::string_view bytes);
  /// Precondition: the last read() returned done.
  const RequestHead& head() const noexcept { return head_; }

  /// Prepares for the next message. Keeps the memory of the field list unless that is long.
  void reset() noexcept;

  /// The memory of the field list, for another reader once this one's head is not needed any more.
  Fields give_storage() noexcept { return detail::emptied(std::move(head_.fields)); }
  void take_storage(Fields storage) noexcept { head_.fields = detail::emptied(std::move(storage)); }

 private:
  HeadLimits limits_;
  detail::HeadCursor cursor_;
  RequestHead head_;
};

/// As RequestHeadReader, for responses; every error has status 502. No empty lines may come before a
/// status-line, which may end behind its code, without the space that should follow.
class ResponseHeadReader {
 public:
  explicit ResponseHeadReader(HeadLimits limits = response_head_limits) : limits_(limits) {}

  Progress read(std::string_view bytes);
  const ResponseHead& head() const noexcept { return head_; }
  void reset() noexcept;
  Fields give_storage() noexcept { return detail::emptied(std::move(head_.fields)); }
  void take_storage(Fields storage) noexcept { head_.fields = detail::emptied(std::move(storage)); }

 private:
  HeadLimits limits_;
  detail::HeadCursor cursor_;
  ResponseHead head_;
};

/// Returns true if `text` is not empty and has only tchars (RFC 9110 §5.6.2).
bool is_token(std::string_view text) noexcept;

}  // namespace aluvia::http
