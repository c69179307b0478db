// The head reader: finds lines, checks each one when it is complete, makes views when the head is.
//
//   HTTP-message  = start-line CRLF *( field-line CRLF ) CRLF         (RFC 9112 §2.1; body apart)
//   request-line  = method SP request-target SP HTTP-version          (RFC 9112 §3)
//   status-line   = HTTP-version SP status-code SP [ reason-phrase ]  (RFC 9112 §4)
//   HTTP-version  = "HTTP/" DIGIT "." DIGIT                           (RFC 9112 §2.3)
//   field-line    = field-name ":" OWS field-value OWS                (RFC 9112 §5)
//   field-name    = method = token = 1*tchar                          (RFC 9110 §5.6.2)
//   field-value   = *( VCHAR / obs-text / SP / HTAB ), none at its ends (RFC 9110 §5.5)
//
// One search serves lines and safety: no control character but HTAB may stand in a line, so the first one
// found is either the CR of its end or an error. Nothing here knows what a field or a target means.
#include "http/head.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

namespace aluvia::http {
namespace {

using detail::HeadCursor;

constexpr std::size_t max_empty_lines = 4;
constexpr std::size_t usual_fields = 32;  // room made at once, so that a usual head grows the list only once

// ---- characters

constexpr unsigned char octet(char c) noexcept {
  return static_cast<unsigned char>(c);
}

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 128; ++c) table[c] = ascii::is_alnum(static_cast<char>(c));
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[octet(c)] = true;
  return table;
}
constexpr auto token_table = make_token_table();

constexpr bool is_tchar(char c) noexcept {
  return token_table[octet(c)];
}
constexpr bool is_ows(char c) noexcept {
  return c == ' ' || c == '\t';
}
constexpr bool is_control(char c) noexcept {
  return (octet(c) < 0x20 && c != '\t') || c == 0x7F;
}

constexpr std::uint64_t each_byte(std::uint64_t value) noexcept {
  return value * 0x0101010101010101U;
}

// Whether one of the eight bytes may be below 0x20 or 0x7F; HTAB and a borrow from the byte below can make it
// say yes for nothing, never no.
bool may_hold_control(const char* eight) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof word);
  const std::uint64_t del = word ^ each_byte(0x7F);
  const std::uint64_t low = (word - each_byte(0x20)) & ~word;
  return ((low | ((del - each_byte(0x01)) & ~del)) & each_byte(0x80)) != 0;
}

// Position of the first control character but HTAB at or behind `from`, or the size of `text`.
std::size_t find_control(std::string_view text, std::size_t from) noexcept {
  std::size_t at = from;
  while (at < text.size()) {
    if (text.size() - at >= 8 && !may_hold_control(text.data() + at)) {
      at += 8;
      continue;
    }
    for (const std::size_t stop = std::min(at + 8, text.size()); at < stop; ++at) {
      if (is_control(text[at])) return at;
    }
  }
  return at;
}

// A request-target may be any of the characters that print; target.cpp knows more.
bool is_visible(std::string_view text) noexcept {
  bool visible = true;
  for (const char c : text) visible &= octet(c) > 0x20 && octet(c) < 0x7F;
  return visible;
}

std::string_view trim_ows(std::string_view text) noexcept {
  while (!text.empty() && is_ows(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_ows(text.back())) text.remove_suffix(1);
  return text;
}

// ---- start lines

using Fault = std::optional<Malformed>;

struct Version {
  int major;
  int minor;
};

std::optional<Version> parse_version(std::string_view text) noexcept {
  if (text.size() != 8 || !text.starts_with("HTTP/") || !ascii::is_digit(text[5]) || text[6] != '.' ||
      !ascii::is_digit(text[7])) {
    return std::nullopt;
  }
  return Version{text[5] - '0', text[7] - '0'};
}

// What differs between requests and responses. Both are strict with the same characters.
struct RequestGrammar {
  using Head = RequestHead;
  static constexpr int bad = 400;
  static constexpr int line_too_long = 414;
  static constexpr int head_too_large = 431;
  static constexpr std::size_t empty_lines = max_empty_lines;

  static Fault parse_start(std::string_view line, RequestHead& head) noexcept {
    const std::size_t first = line.find(' ');
    head.method = line.substr(0, first);
    if (!is_token(head.method)) return Malformed{bad, "the method is not a token"};
    if (first == line.npos) return Malformed{bad, "a request-line without target and version"};
    const std::size_t second = line.find(' ', first + 1);
    if (second == line.npos) return Malformed{bad, "a request-line without HTTP version (HTTP/0.9)"};
    head.target = line.substr(first + 1, second - first - 1);
    if (head.target.empty()) return Malformed{bad, "an empty request-target"};
    if (!is_visible(head.target)) return Malformed{bad, "a forbidden character in the request-target"};
    return parse_version_of(line.substr(second + 1), head);
  }

  static Fault parse_version_of(std::string_view text, RequestHead& head) noexcept {
    if (text.find(' ') != text.npos) return Malformed{bad, "a request-line of more than three parts"};
    const auto version = parse_version(text);
    if (!version) return Malformed{bad, "the request-line does not end in an HTTP version"};
    if (version->major != 1) return Malformed{505, "an HTTP version other than 1.x"};
    head.minor = std::min(version->minor, 1);
    return {};
  }

  static std::string_view why_control(std::string_view bytes, std::size_t at) noexcept {
    if (at == 0 && bytes[0] == 0x16)
      return "TLS arrived where plain HTTP was expected (use http:// for the proxy)";
    if (at == 0 && (bytes[0] == 0x04 || bytes[0] == 0x05)) return "SOCKS arrived where HTTP was expected";
    return "a control character in the head";
  }

  static void clear(RequestHead& head) noexcept {
    head.method = head.target = {};
    head.minor = 1;
    head.fields.clear();
  }
};

struct ResponseGrammar {
  using Head = ResponseHead;
  static constexpr int bad = 502;
  static constexpr int line_too_long = 502;
  static constexpr int head_too_large = 502;
  static constexpr std::size_t empty_lines = 0;

  static Fault parse_start(std::string_view line, ResponseHead& head) noexcept {
    const auto version = parse_version(line.substr(0, 8));
    if (!version) return Malformed{bad, "the answer does not begin with an HTTP version"};
    if (version->major != 1) return Malformed{bad, "an answer in an HTTP version other than 1.x"};
    head.minor = std::min(version->minor, 1);
    return parse_status(line.substr(8), head);
  }

  // " 200 OK"; " 200 " and " 200" are an empty reason.
  static Fault parse_status(std::string_view text, ResponseHead& head) noexcept {
    const bool shaped = text.size() >= 4 && text[0] == ' ' && ascii::is_digit(text[1]) &&
                        ascii::is_digit(text[2]) && ascii::is_digit(text[3]) &&
                        (text.size() == 4 || text[4] == ' ');
    if (!shaped) return Malformed{bad, "a status-line without a status code of three digits"};
    head.status = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
    if (head.status < 100 || head.status > 599) return Malformed{bad, "a status code outside 100 to 599"};
    head.reason = text.substr(std::min<std::size_t>(text.size(), 5));
    return {};
  }

  static std::string_view why_control(std::string_view bytes, std::size_t at) noexcept {
    if (at == 0 && (bytes[0] == 0x15 || bytes[0] == 0x16))
      return "TLS arrived where a plain HTTP answer was expected";
    return "a control character in the head of the answer";
  }

  static void clear(ResponseHead& head) noexcept {
    head.reason = {};
    head.minor = 1;
    head.status = 0;
    head.fields.clear();
  }
};

// ---- field lines

std::string_view why_no_field(std::string_view line, std::size_t name_end) noexcept {
  if (name_end == line.size()) return "a field line without a colon";
  if (line[name_end] == ':') return "a field line without a name";
  if (is_ows(line[name_end])) return "white space in or behind a field name";
  return "a forbidden character in a field name";
}

// The view where the line is a field line, else why it is not.
std::string_view parse_field(std::string_view line, Field& field) noexcept {
  std::size_t end = 0;
  while (end < line.size() && is_tchar(line[end])) ++end;
  if (end == 0 || end == line.size() || line[end] != ':') return why_no_field(line, end);
  field.name = line.substr(0, end);
  field.value = trim_ows(line.substr(end + 1));
  return {};
}

// ---- the reader, common to both

template <class Grammar>
class Pass {
 public:
  Pass(std::string_view bytes, const HeadLimits& limits, HeadCursor& cursor, typename Grammar::Head& head)
      : bytes_(bytes.substr(0, limits.bytes)), limits_(limits), cursor_(cursor), head_(head) {}

  Progress run() {
    // Views of an earlier call point to where the bytes were then.
    const bool resumed = cursor_.lines > 0;
    while (!cursor_.complete) {
      if (is_folded()) return wrong("a folded or indented field line");
      const std::size_t end = find_control(bytes_, cursor_.scanned);
      cursor_.scanned = end;
      if (end == bytes_.size() || (bytes_[end] == '\r' && end + 1 == bytes_.size())) return need_more();
      if (bytes_[end] != '\r' || bytes_[end + 1] != '\n') return wrong(why_no_line_end(end));
      if (const Fault fault = take_line(end)) return Progress::wrong(*fault);
    }
    if (resumed) remake_views();
    return Progress::done(cursor_.scanned);
  }

 private:
  static Progress wrong(std::string_view why) noexcept { return Progress::wrong(Grammar::bad, why); }

  bool is_folded() const noexcept {
    return cursor_.lines > 0 && cursor_.line_start < bytes_.size() && is_ows(bytes_[cursor_.line_start]);
  }

  // Full and still no end: what may come cannot help any more.
  Progress need_more() const noexcept {
    if (bytes_.size() < limits_.bytes) return Progress::need_more();
    if (cursor_.lines == 0) return Progress::wrong(Grammar::line_too_long, "the start line is too long");
    return Progress::wrong(Grammar::head_too_large, "the head is too large");
  }

  std::string_view why_no_line_end(std::size_t at) const noexcept {
    if (bytes_[at] == '\n') return "a line that ends in LF alone";
    if (bytes_[at] == '\r') return "a CR that no LF follows";
    return Grammar::why_control(bytes_, at);
  }

  // The cursor moves on behind good lines only, so that an error stays one however often it is asked for.
  Fault take_line(std::size_t end) {
    const std::string_view line = bytes_.substr(cursor_.line_start, end - cursor_.line_start);
    Fault fault = line.empty() ? take_empty_line() : take_text(line);
    if (!fault) cursor_.scanned = cursor_.line_start = end + 2;
    return fault;
  }

  Fault take_empty_line() noexcept {
    if (cursor_.lines > 0) {
      cursor_.complete = true;
    } else if (cursor_.empty_lines < Grammar::empty_lines) {
      ++cursor_.empty_lines;
    } else {
      return Malformed{Grammar::bad, "empty lines where a start line was expected"};
    }
    return {};
  }

  Fault take_text(std::string_view line) {
    Fault fault = cursor_.lines == 0 ? Grammar::parse_start(line, head_) : take_field(line);
    if (!fault) ++cursor_.lines;
    return fault;
  }

  Fault take_field(std::string_view line) {
    if (cursor_.lines > limits_.fields) return Malformed{Grammar::head_too_large, "too many fields"};
    Field field;
    if (const auto why = parse_field(line, field); !why.empty()) return Malformed{Grammar::bad, why};
    if (head_.fields.capacity() == 0) head_.fields.reserve(usual_fields);
    head_.fields.push_back(field);
    return {};
  }

  // Splits a head that is known to be good once more, where it lies now.
  void remake_views() {
    head_.fields.clear();
    std::size_t start = 2 * cursor_.empty_lines;
    for (std::size_t line = 0; line < cursor_.lines; ++line) {
      const std::size_t end = bytes_.find('\r', start);
      const std::string_view text = bytes_.substr(start, end - start);
      if (line == 0) {
        static_cast<void>(Grammar::parse_start(text, head_));
      } else {
        static_cast<void>(parse_field(text, head_.fields.emplace_back()));
      }
      start = end + 2;
    }
  }

  std::string_view bytes_;
  const HeadLimits& limits_;
  HeadCursor& cursor_;
  typename Grammar::Head& head_;
};

}  // namespace

Progress RequestHeadReader::read(std::string_view bytes) {
  return Pass<RequestGrammar>(bytes, limits_, cursor_, head_).run();
}

void RequestHeadReader::reset() noexcept {
  cursor_ = {};
  RequestGrammar::clear(head_);
}

Progress ResponseHeadReader::read(std::string_view bytes) {
  return Pass<ResponseGrammar>(bytes, limits_, cursor_, head_).run();
}

void ResponseHeadReader::reset() noexcept {
  cursor_ = {};
  ResponseGrammar::clear(head_);
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_tchar);
}

const Field* find_field(const Fields& fields, std::string_view name) noexcept {
  for (const Field& field : fields) {
    if (ascii::equals_ignoring_case(field.name, name)) return &field;
  }
  return nullptr;
}

std::size_t count_fields(const Fields& fields, std::string_view name) noexcept {
  return static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), [name](const Field& field) {
    return ascii::equals_ignoring_case(field.name, name);
  }));
}

bool list_contains(const Fields& fields, std::string_view name, std::string_view token) noexcept {
  for (const Field& field : fields) {
    if (!ascii::equals_ignoring_case(field.name, name)) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (ascii::equals_ignoring_case(trim_ows(rest.substr(0, comma)), token)) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

}  // namespace aluvia::http
