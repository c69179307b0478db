// Private to the head reader: the differences between requests and responses, which are the grammar of the
// start line and the status of errors.
//
//   request-line = method SP request-target SP HTTP-version          (RFC 9112 §3)
//   status-line  = HTTP-version SP status-code SP [ reason-phrase ]  (RFC 9112 §4)
//   HTTP-version = "HTTP/" DIGIT "." DIGIT                           (RFC 9112 §2.3)
//
// head.cpp passes lines without their end and without control characters other than HTAB.
// Deviations: a status-line may end behind its code, as some servers send it. A request-target may hold
// obs-text (bytes from 0x80 on), as curl and others send it; target.cpp checks where.
#pragma once

#include "base/ascii.hpp"
#include "http/characters.hpp"
#include "http/head.hpp"
#include "http/progress.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace aluvia::http::detail {

using MaybeError = std::optional<ParseError>;

struct Version {
  int major;
  int minor;
};

constexpr std::optional<Version> parse_version(std::string_view text) noexcept {
  if (text.size() != 8 || !text.starts_with("HTTP/") || !ascii::is_digit(text[5]) || text[6] != '.' ||
      !ascii::is_digit(text[7])) {
    return std::nullopt;
  }
  return Version{text[5] - '0', text[7] - '0'};
}

// Keeps the memory of a usual list for the next message and frees that of a long one, which would otherwise
// stay allocated while the connection is idle.
inline void clear_fields(Fields& fields) noexcept {
  constexpr std::size_t usual = 64;
  if (fields.capacity() > usual) {
    Fields().swap(fields);
  } else {
    fields.clear();
  }
}

// Strict, because readers that split a request differently make request smuggling possible.
struct RequestGrammar {
  using Head = RequestHead;
  static constexpr int bad = 400;
  static constexpr int line_too_long = 414;
  static constexpr int head_too_large = 431;
  static constexpr std::size_t empty_lines = 4;  // accepted before the start line
  static constexpr bool lf_alone_ends_lines = false;
  static constexpr bool space_before_colon = false;

  static MaybeError parse_start(std::string_view line, RequestHead& head) noexcept {
    const std::size_t first = line.find(' ');
    head.method = line.substr(0, first);
    if (!is_token(head.method)) return ParseError{bad, "the method is not a token"};
    if (first == line.npos) return ParseError{bad, "a request-line without target and version"};
    const std::size_t second = line.find(' ', first + 1);
    if (second == line.npos) return ParseError{bad, "a request-line without HTTP version (HTTP/0.9)"};
    head.target = line.substr(first + 1, second - first - 1);
    if (head.target.empty()) return ParseError{bad, "an empty request-target"};
    if (!is_visible_or_obs_text(head.target))
      return ParseError{bad, "a forbidden character in the request-target"};
    return parse_version_of(line.substr(second + 1), head);
  }

  static MaybeError parse_version_of(std::string_view text, RequestHead& head) noexcept {
    if (text.find(' ') != text.npos) return ParseError{bad, "a request-line of more than three parts"};
    const auto version = parse_version(text);
    if (!version) return ParseError{bad, "the request-line does not end in an HTTP version"};
    if (version->major != 1) return ParseError{505, "an HTTP version other than 1.x"};
    head.minor = std::min(version->minor, 1);
    return {};
  }

  static std::string_view why_control(std::string_view bytes, std::size_t at) noexcept {
    if (at == 0 && bytes[0] == 0x16) return "TLS arrived where plain HTTP was expected (http:// proxy URL)";
    if (at == 0 && (bytes[0] == 0x04 || bytes[0] == 0x05)) return "SOCKS arrived where HTTP was expected";
    return "a control character in the head";
  }

  static void clear(RequestHead& head) noexcept {
    head.method = head.target = {};
    head.minor = 1;
    clear_fields(head.fields);
  }
};

// Accepts deviations of servers that all clients read alike; forward.cpp writes them in the strict form.
struct ResponseGrammar {
  using Head = ResponseHead;
  static constexpr int bad = 502;
  static constexpr int line_too_long = 502;
  static constexpr int head_too_large = 502;
  static constexpr std::size_t empty_lines = 0;
  static constexpr bool lf_alone_ends_lines = true;
  static constexpr bool space_before_colon = true;

  static MaybeError parse_start(std::string_view line, ResponseHead& head) noexcept {
    const auto version = parse_version(line.substr(0, 8));
    if (!version) return ParseError{bad, "the response does not begin with an HTTP version"};
    if (version->major != 1) return ParseError{bad, "a response in an HTTP version other than 1.x"};
    head.minor = std::min(version->minor, 1);
    return parse_status(line.substr(8), head);
  }

  // Parses " 200 OK"; " 200 " and " 200" have an empty reason.
  static MaybeError parse_status(std::string_view text, ResponseHead& head) noexcept {
    const bool shaped = text.size() >= 4 && text[0] == ' ' && ascii::is_digit(text[1]) &&
                        ascii::is_digit(text[2]) && ascii::is_digit(text[3]) &&
                        (text.size() == 4 || text[4] == ' ');
    if (!shaped) return ParseError{bad, "a status-line without a status code of three digits"};
    head.status = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
    // A client treats an unknown status as x00 of its class (RFC 9110 §15); servers use up to 999.
    if (head.status < 100) return ParseError{bad, "a status code below 100"};
    head.reason = text.substr(std::min<std::size_t>(text.size(), 5));
    return {};
  }

  static std::string_view why_control(std::string_view bytes, std::size_t at) noexcept {
    if (at == 0 && (bytes[0] == 0x15 || bytes[0] == 0x16)) return "TLS arrived where plain HTTP was expected";
    return "a control character in the head of the response";
  }

  static void clear(ResponseHead& head) noexcept {
    head.reason = {};
    head.minor = 1;
    head.status = 0;
    clear_fields(head.fields);
  }
};

}  // namespace aluvia::http::detail
