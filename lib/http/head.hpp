// Heads of HTTP/1.x messages (RFC 9112 §2–§5): start line and fields up to the blank line, read in place.
//
//   request-line = method SP request-target SP HTTP-version CRLF
//   status-line  = HTTP-version SP status-code SP [ reason-phrase ] CRLF
//   field-line   = field-name ":" OWS field-value OWS CRLF
//
// Both kinds are strict with a bare CR, obs-fold (RFC 9112 §5.2: a proxy may refuse it), control characters
// other than HTAB, and names that are no tokens. A request is strict with everything else, too, and has one
// allowance of RFC 9112 §2.2: empty lines (CRLF) before a request-line are skipped, four at most.
//
// A response is read as sites send it: a line may end in LF alone (RFC 9112 §2.2), and white space before a
// colon is no part of the name (RFC 9112 §5.1: a proxy must remove it). forward.cpp writes neither of them.
#pragma once

#include "http/progress.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace aluvia::http {

struct HeadLimits {
  std::size_t bytes = 64 * 1024;  ///< whole head; beyond it 431 (a request-line alone beyond it: 414)
  std::size_t fields = 256;       ///< field lines, and members of all Connection fields; beyond it 431
};

/// Limits of a response: sites send hundreds of fields (Set-Cookie, Link, Server-Timing).
inline constexpr HeadLimits response_head_limits{64 * 1024, 1000};

struct Field {
  std::string_view name;   ///< as sent
  std::string_view value;  ///< as sent, without the optional white space around it
  /// The whole line as sent, without its end; empty where it must not be forwarded as it stands.
  std::string_view line{};
};

/// Field lines in the order in which they were sent.
using Fields = std::vector<Field>;

/// First field with that name in any letter case, or nullptr.
const Field* find_field(const Fields& fields, std::string_view name) noexcept;
std::size_t count_fields(const Fields& fields, std::string_view name) noexcept;

/// Whether the comma-separated lists of all fields called `name` contain `token`, in any letter case
/// (RFC 9110 §5.6.1).
bool list_contains(const Fields& fields, std::string_view name, std::string_view token) noexcept;

/// All views point into the bytes that the reader was given: they are valid until those move or change.
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

/// How far a reader has come in a head that arrives in pieces. Offsets only: the bytes may move in between.
struct HeadCursor {
  std::size_t scanned = 0;      // bytes before it need not be searched for a line's end again
  std::size_t line_start = 0;   // where the line begins that contains `scanned`
  std::size_t empty_lines = 0;  // before the start line
  std::size_t lines = 0;        // complete ones, start line included
  std::size_t nominations = 0;  // members of Connection, empty ones included
  bool complete = false;
};

}  // namespace detail

/// Reads one head out of a buffer that grows. Give it everything received so far, from the first byte of
/// the message on, each time; bytes already looked at are not scanned again. A forbidden character, a bare
/// CR or LF and a folded line are told as soon as they are there, any other error when its line is complete.
class RequestHeadReader {
 public:
  explicit RequestHeadReader(HeadLimits limits = {}) : limits_(limits) {}

  /// done: consumed() bytes are the head with its blank line (and skipped empty lines); head() is filled.
  /// Asked again after that with the same bytes in another place, it makes the views anew.
  Progress read(std::string_view bytes);
  /// Precondition for its views: the last read() was done.
  const RequestHead& head() const noexcept { return head_; }

  /// Forgets the last message and is ready for the next; keeps the memory of the field list unless it is
  /// long.
  void reset() noexcept;

 private:
  HeadLimits limits_;
  detail::HeadCursor cursor_;
  RequestHead head_;
};

/// The same for responses, where every error has status 502. No empty lines before a status-line; a
/// status-line may end behind its code, without the space that should follow. Any line may end in LF alone.
class ResponseHeadReader {
 public:
  explicit ResponseHeadReader(HeadLimits limits = response_head_limits) : limits_(limits) {}

  Progress read(std::string_view bytes);
  const ResponseHead& head() const noexcept { return head_; }
  void reset() noexcept;

 private:
  HeadLimits limits_;
  detail::HeadCursor cursor_;
  ResponseHead head_;
};

/// Whether every character is a tchar and there is at least one (RFC 9110 §5.6.2).
bool is_token(std::string_view text) noexcept;

}  // namespace aluvia::http
