// Framing by Transfer-Encoding and Content-Length.
//
//   Transfer-Encoding = "chunked"
//                     / 1*( "identity" OWS "," OWS ) "chunked", and other lists of both   (responses only)
//   Content-Length    = 1*DIGIT
//
// Stricter than RFC 9112 §6: a message to which two readers could give different lengths is rejected, even
// where a recipient may repair it (equal Content-Lengths, a list of them, Content-Length beside
// Transfer-Encoding). The fields are forwarded unchanged, so the next reader would have to repair them alike.
//
// The exception is `identity` in a response, which servers still send for "no coding" (RFC 2616 §3.6; removed
// by RFC 7230). It is ignored here, and forward.cpp removes it.
#include "http/framing.hpp"

#include "base/ascii.hpp"
#include "base/number.hpp"
#include "http/list.hpp"

#include <algorithm>
#include <optional>
#include <system_error>

namespace aluvia::http {
namespace {

constexpr std::string_view transfer_encoding = "Transfer-Encoding";
constexpr std::string_view coding_in_old_version = "Transfer-Encoding in HTTP/1.0";

struct ErrorStatus {
  int malformed;
  int unknown_coding;
};

Result<Framing, ParseError> read_content_length(std::string_view value, ErrorStatus status) {
  const auto length = parse_number<std::uint64_t>(value);
  if (!length) {
    const bool is_number = !value.empty() && std::all_of(value.begin(), value.end(), ascii::is_digit);
    return Err{ParseError{status.malformed,
                          is_number ? "Content-Length is too large" : "Content-Length is not a number"}};
  }
  if (*length == 0) return Framing{};
  return Framing{BodyKind::length, *length};
}

// `chunked` must be the last coding, else the end of the body is ambiguous (RFC 9112 §6.3, rule 4). No coding
// before it is supported.
Result<std::optional<Framing>, ParseError> read_transfer_coding(std::string_view value, ErrorStatus status) {
  const std::size_t comma = value.rfind(',');
  const std::string_view last = comma == value.npos ? value : ascii::trim(value.substr(comma + 1));
  if (!ascii::equals_ignoring_case(last, "chunked")) {
    return Err{ParseError{status.malformed, "the last transfer coding is not chunked"}};
  }
  if (comma == value.npos) return Framing{BodyKind::chunked, 0};
  const std::string before = ascii::to_lower(ascii::trim(value.substr(0, comma)));
  if (before.empty() || before.find("chunked") != before.npos) {
    return Err{ParseError{status.malformed, "chunked more than once, or after nothing"}};
  }
  return Err{ParseError{status.unknown_coding, "a transfer coding other than chunked"}};
}

Err<ParseError> wrong(int status, std::string_view why) {
  return Err{ParseError{status, why}};
}

// Returns the framing that the Transfer-Encoding fields of a request declare, or nothing if there are none.
Result<std::optional<Framing>, ParseError> request_coding(const RequestHead& head, ErrorStatus status) {
  const Field* const coding = find_field(head.fields, transfer_encoding);
  if (coding == nullptr) return std::nullopt;
  if (head.minor == 0) return wrong(status.malformed, coding_in_old_version);
  if (is_repeated(head.fields, *coding)) return wrong(status.malformed, "more than one Transfer-Encoding");
  return read_transfer_coding(coding->value, status);
}

// As request_coding(), for a response: all its fields are one list, and `identity` is ignored.
Result<std::optional<Framing>, ParseError> response_coding(const ResponseHead& head, ErrorStatus status) {
  std::size_t chunked = 0;
  const auto is_unknown = [&chunked](std::string_view coding) {
    const bool is_chunked = ascii::equals_ignoring_case(coding, "chunked");
    if (is_chunked) ++chunked;
    return !is_chunked && !is_identity_coding(coding);
  };
  for (const Field& field : head.fields) {
    if (!ascii::equals_ignoring_case(field.name, transfer_encoding)) continue;
    if (detail::any_token(field.value, is_unknown)) {
      return wrong(status.unknown_coding, "a transfer coding other than chunked");
    }
  }
  if (chunked == 0) return std::nullopt;
  if (chunked > 1) return wrong(status.malformed, "chunked more than once");
  if (head.minor == 0) return wrong(status.malformed, coding_in_old_version);
  return Framing{BodyKind::chunked, 0};
}

// Returns the framing that `coding` and Content-Length declare, or nothing if there is neither.
Result<std::optional<Framing>, ParseError> declared_framing(std::optional<Framing> coding,
                                                            const Fields& fields, ErrorStatus status) {
  const Field* const length = find_field(fields, "Content-Length");
  if (coding && length != nullptr) {
    return wrong(status.malformed, "Content-Length together with Transfer-Encoding");
  }
  if (coding || length == nullptr) return coding;
  if (is_repeated(fields, *length)) return wrong(status.malformed, "more than one Content-Length");
  auto framing = read_content_length(length->value, status);
  if (!framing) return Err{framing.error()};
  return *framing;
}

// Implements RFC 9112 §6.3, rules 1 and 2.
bool ends_with_head(int status, std::string_view request_method) noexcept {
  if (request_method == "HEAD" || status / 100 == 1 || status == 204 || status == 304) return true;
  return request_method == "CONNECT" && status / 100 == 2;
}

}  // namespace

Result<Framing, ParseError> request_framing(const RequestHead& head) {
  constexpr ErrorStatus status{400, 501};
  const auto coding = request_coding(head, status);
  if (!coding) return Err{coding.error()};
  const auto declared = declared_framing(*coding, head.fields, status);
  if (!declared) return Err{declared.error()};
  return declared->value_or(Framing{});
}

Result<Framing, ParseError> response_framing(const ResponseHead& head, std::string_view request_method) {
  constexpr ErrorStatus status{502, 502};
  const auto coding = response_coding(head, status);
  if (!coding) return Err{coding.error()};
  const auto declared = declared_framing(*coding, head.fields, status);
  if (!declared) return Err{declared.error()};
  if (ends_with_head(head.status, request_method)) return Framing{};
  return declared->value_or(Framing{BodyKind::until_close, 0});
}

bool announces_forbidden_body(const ResponseHead& head) noexcept {
  if (!forbids_framing(head.status)) return false;
  const auto announces = [](const Field& field) {
    if (ascii::equals_ignoring_case(field.name, transfer_encoding)) {
      return detail::any_token(field.value, [](auto coding) { return !is_identity_coding(coding); });
    }
    return ascii::equals_ignoring_case(field.name, "Content-Length") &&
           field.value.find_first_not_of('0') != field.value.npos;
  };
  return std::any_of(head.fields.begin(), head.fields.end(), announces);
}

bool is_identity_coding(std::string_view coding) noexcept {
  return ascii::equals_ignoring_case(coding, "identity");
}

bool wants_keep_alive(int minor, const Fields& fields) noexcept {
  if (list_contains(fields, "Connection", "close")) return false;
  return minor >= 1 || list_contains(fields, "Connection", "keep-alive");
}

bool allows_next_request(const RequestHead& head) noexcept {
  return head.minor >= 1 && wants_keep_alive(head.minor, head.fields);
}

}  // namespace aluvia::http
