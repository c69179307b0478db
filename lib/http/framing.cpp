// Transfer-Encoding = "chunked"
// Content-Length    = 1*DIGIT
//
// Narrower than RFC 9112 §6 on purpose. Whatever two readers could take for different lengths is refused,
// even where the RFC lets a recipient repair it (equal Content-Lengths, a list of them, Content-Length beside
// Transfer-Encoding): the fields are forwarded as they came, so the next reader would have to repair alike.
#include "http/framing.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace aluvia::http {
namespace {

struct FaultStatus {
  int malformed;
  int unknown_coding;
};

Result<Framing, Malformed> read_content_length(std::string_view value, FaultStatus status) {
  std::uint64_t length = 0;
  const char* const end = value.data() + value.size();
  // For an unsigned number from_chars takes digits and nothing else: no sign, no white space.
  const auto [stop, error] = std::from_chars(value.data(), end, length);
  if (error == std::errc::result_out_of_range) {
    return Err{Malformed{status.malformed, "Content-Length is too large"}};
  }
  if (error != std::errc{} || stop != end) {
    return Err{Malformed{status.malformed, "Content-Length is not a number"}};
  }
  if (length == 0) return Framing{};
  return Framing{BodyKind::length, length};
}

/// A coding in front of a final `chunked` is one that we do not know; anything else has no end that two
/// readers would agree on (RFC 9112 §6.3, rule 4).
Result<std::optional<Framing>, Malformed> read_transfer_coding(std::string_view value, FaultStatus status) {
  const std::size_t comma = value.rfind(',');
  const std::string_view last = comma == value.npos ? value : ascii::trim(value.substr(comma + 1));
  if (!ascii::equals_ignoring_case(last, "chunked")) {
    return Err{Malformed{status.malformed, "the last transfer coding is not chunked"}};
  }
  if (comma == value.npos) return Framing{BodyKind::chunked, 0};
  const std::string before = ascii::to_lower(ascii::trim(value.substr(0, comma)));
  if (before.empty() || before.find("chunked") != before.npos) {
    return Err{Malformed{status.malformed, "chunked more than once, or after nothing"}};
  }
  return Err{Malformed{status.unknown_coding, "a transfer coding other than chunked"}};
}

/// What the framing fields say, or nothing where there are none.
Result<std::optional<Framing>, Malformed> declared_framing(int minor, const Fields& fields,
                                                           FaultStatus status) {
  const Field* const coding = find_field(fields, "Transfer-Encoding");
  const Field* const length = find_field(fields, "Content-Length");
  if (coding != nullptr && length != nullptr) {
    return Err{Malformed{status.malformed, "Content-Length together with Transfer-Encoding"}};
  }
  if (coding != nullptr) {
    if (minor == 0) return Err{Malformed{status.malformed, "Transfer-Encoding in HTTP/1.0"}};
    if (count_fields(fields, "Transfer-Encoding") == 1) return read_transfer_coding(coding->value, status);
    return Err{Malformed{status.malformed, "more than one Transfer-Encoding"}};
  }
  if (length == nullptr) return std::nullopt;
  if (count_fields(fields, "Content-Length") != 1) {
    return Err{Malformed{status.malformed, "more than one Content-Length"}};
  }
  auto framing = read_content_length(length->value, status);
  if (!framing) return Err{framing.error()};
  return *framing;
}

/// RFC 9112 §6.3, rules 1 and 2.
bool ends_with_head(int status, std::string_view request_method) noexcept {
  if (request_method == "HEAD" || status / 100 == 1 || status == 204 || status == 304) return true;
  return request_method == "CONNECT" && status / 100 == 2;
}

}  // namespace

Result<Framing, Malformed> request_framing(const RequestHead& head) {
  const auto declared = declared_framing(head.minor, head.fields, {400, 501});
  if (!declared) return Err{declared.error()};
  return declared->value_or(Framing{});
}

Result<Framing, Malformed> response_framing(const ResponseHead& head, std::string_view request_method) {
  const auto declared = declared_framing(head.minor, head.fields, {502, 502});
  if (!declared) return Err{declared.error()};
  if (ends_with_head(head.status, request_method)) return Framing{};
  return declared->value_or(Framing{BodyKind::until_close, 0});
}

bool announces_forbidden_body(const ResponseHead& head) noexcept {
  if (!forbids_framing(head.status)) return false;
  const auto announces = [](const Field& field) {
    if (ascii::equals_ignoring_case(field.name, "Transfer-Encoding")) return true;
    return ascii::equals_ignoring_case(field.name, "Content-Length") &&
           field.value.find_first_not_of('0') != field.value.npos;
  };
  return std::any_of(head.fields.begin(), head.fields.end(), announces);
}

bool wants_keep_alive(int minor, const Fields& fields) noexcept {
  if (list_contains(fields, "Connection", "close")) return false;
  return minor >= 1 || list_contains(fields, "Connection", "keep-alive");
}

bool allows_next_request(const RequestHead& head) noexcept {
  return head.minor >= 1 && wants_keep_alive(head.minor, head.fields);
}

}  // namespace aluvia::http
