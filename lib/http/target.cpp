// Parser for request-targets; method and first characters decide the form.
//
//   request-target = origin-form / absolute-form / authority-form / asterisk-form   (RFC 9112 §3.2)
//   origin-form    = absolute-path [ "?" query ]
//   absolute-form  = scheme "://" authority path-abempty [ "?" query ]
//   authority-form = host ":" port                                                  (CONNECT only)
//   asterisk-form  = "*"                                                            (OPTIONS only)
//
// Deviations: path and query may hold all printable ASCII characters except '#', because browsers send '|',
// '{' and '"' unencoded and no reader splits a message there. Percent-encodings are not checked. In
// absolute-form, path and query may also hold obs-text (bytes from 0x80 on), as curl sends a URL with raw
// UTF-8; some servers split lines at such bytes, so forward.cpp percent-encodes them.
#include "http/target.hpp"

#include "base/ascii.hpp"
#include "http/characters.hpp"

#include <algorithm>

namespace aluvia::http {
namespace {

constexpr std::uint16_t http_port = 80;

// Limit of path and query after percent-encoding: the default limit of a whole head.
constexpr std::size_t max_encoded_path = 64UL * 1024;

Err<ParseError> wrong(std::string_view why, int status = 400) {
  return Err{ParseError{status, why}};
}

Target make_target(TargetForm form, std::string_view path) {
  Target target;
  target.form = form;
  target.path = path;
  return target;
}

// Returns the error for characters that no form may contain, or an empty text.
std::string_view character_error(std::string_view target) {
  if (target.empty()) return "an empty request-target";
  if (!detail::is_visible_or_obs_text(target)) return "a forbidden character in the request-target";
  if (target.find('#') != target.npos) return "a fragment in the request-target";
  return {};
}

// scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )   (RFC 3986 §3.1)
bool is_scheme(std::string_view text) {
  const auto fits = [](char c) { return ascii::is_alnum(c) || c == '+' || c == '-' || c == '.'; };
  return !text.empty() && ascii::is_alpha(text[0]) && std::all_of(text.begin(), text.end(), fits);
}

// Rejects schemes that cannot be forwarded.
Result<void, ParseError> check_scheme(std::string_view scheme) {
  if (!is_scheme(scheme)) return wrong("a request-target in none of the four forms");
  const auto is = [scheme](std::string_view name) { return ascii::equals_ignoring_case(scheme, name); };
  if (is("http") || is("ws")) return {};
  if (is("https") || is("wss")) return wrong("https and wss need a CONNECT tunnel", 501);
  return wrong("a scheme other than http and ws", 501);
}

// Returns the end of the authority: the start of the path or query, or the end of `text`.
std::size_t authority_end(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] != '/' && text[end] != '?') ++end;
  return end;
}

Result<Target, ParseError> parse_absolute(std::string_view text, std::string_view method) {
  const std::size_t colon = text.find("://");
  if (colon == text.npos)
    return wrong("a request-target that is no path and no http:// URL (CONNECT excepted)");
  if (const auto scheme = check_scheme(text.substr(0, colon)); !scheme) return Err{scheme.error()};
  text.remove_prefix(colon + 3);

  Target target = make_target(TargetForm::absolute, {});
  const std::size_t end = authority_end(text);
  target.authority_text = text.substr(0, end);
  auto authority = parse_authority(target.authority_text, http_port);
  if (!authority) return Err{authority.error()};
  target.authority = *std::move(authority);
  target.path = text.substr(end);
  target.needs_slash = target.path.starts_with('?');
  if (target.path.empty()) target.path = method == "OPTIONS" ? "*" : "/";
  const std::size_t encoded = detail::count_obs_text(target.path);
  if (encoded > 0 && target.path.size() + 2 * encoded > max_encoded_path) {
    return wrong("a request-target that is too long once it is percent-encoded", 414);
  }
  return target;
}

Result<Target, ParseError> parse_connect(std::string_view text) {
  auto authority = parse_authority(text, std::nullopt);
  if (!authority) return Err{authority.error()};
  Target target = make_target(TargetForm::authority, {});
  target.authority = *std::move(authority);
  return target;
}

}  // namespace

Result<Target, ParseError> parse_target(const RequestHead& head) {
  if (const auto why = character_error(head.target); !why.empty()) return wrong(why);
  if (head.method == "CONNECT") return parse_connect(head.target);
  if (head.target == "*") {
    if (head.method != "OPTIONS") return wrong("the target * without OPTIONS");
    return make_target(TargetForm::asterisk, head.target);
  }
  if (head.target.front() == '/' && detail::count_obs_text(head.target) > 0) {
    return wrong("a request-target outside ASCII that is no URL");
  }
  if (head.target.front() == '/') return make_target(TargetForm::origin, head.target);
  return parse_absolute(head.target, head.method);
}

Result<void, ParseError> check_host_fields(const RequestHead& head, std::string_view parsed) {
  const Field* const host = find_field(head.fields, "Host");
  if (host == nullptr) {
    const bool is_needed = head.minor >= 1 && head.method != "CONNECT";
    if (is_needed) return wrong("an HTTP/1.1 request without a Host field");
    return {};
  }
  if (is_repeated(head.fields, *host)) return wrong("more than one Host field");
  const std::string_view value = host->value;
  if (value.empty() || value == parsed) return {};
  if (const auto authority = parse_authority(value, http_port); !authority) return Err{authority.error()};
  return {};
}

}  // namespace aluvia::http
