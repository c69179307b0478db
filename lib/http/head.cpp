// The head reader: finds the lines, checks each one when it is complete, and sets the views at the end.
//
//   HTTP-message = start-line CRLF *( field-line CRLF ) CRLF             (RFC 9112 §2.1; body apart)
//   field-line   = field-name ":" OWS field-value OWS                    (RFC 9112 §5)
//   field-name   = token = 1*tchar                                       (RFC 9110 §5.6.2)
//   field-value  = *( VCHAR / obs-text / SP / HTAB ), no SP at its ends  (RFC 9110 §5.5)
//
// One search finds the ends of lines and forbidden characters: no control character other than HTAB may occur
// in a line, so the first one found is the end of the line or an error.
#include "http/head.hpp"

#include "base/ascii.hpp"
#include "http/characters.hpp"
#include "http/list.hpp"
#include "http/start_line.hpp"

#include <algorithm>

namespace aluvia::http {
namespace {

using namespace detail;

// Reserved at once, so that a usual head needs one allocation, of a size that malloc keeps for the next one.
constexpr std::size_t usual_fields = 21;

// ---- field lines

std::string_view why_no_field(std::string_view line, std::size_t name_end) noexcept {
  if (name_end == line.size()) return "a field line without a colon";
  if (line[name_end] == ':') return "a field line without a name";
  if (is_ows(line[name_end])) return "white space in or behind a field name";
  return "a forbidden character in a field name";
}

// Sets `field` if the line is a field line; otherwise returns the reason why it is not.
template <class Grammar>
std::string_view parse_field(std::string_view line, Field& field) noexcept {
  std::size_t end = 0;
  while (end < line.size() && is_tchar(line[end])) ++end;
  std::size_t colon = end;
  if (Grammar::space_before_colon) {
    while (colon < line.size() && is_ows(line[colon])) ++colon;
  }
  if (end == 0 || colon == line.size() || line[colon] != ':') return why_no_field(line, end);
  field.name = line.substr(0, end);
  field.value = trim_ows(line.substr(colon + 1));
  field.line = colon == end ? line : std::string_view{};
  return {};
}

// ---- the reader, common to both

template <class Grammar>
class Pass {
 public:
  Pass(std::string_view bytes, const HeadLimits& limits, HeadCursor& cursor, typename Grammar::Head& head)
      : bytes_(bytes.substr(0, limits.bytes)), limits_(limits), cursor_(cursor), head_(head) {}

  Progress run() {
    while (!cursor_.complete) {
      if (is_folded()) return wrong("a folded or indented field line");
      const std::size_t end = find_control(bytes_, cursor_.scanned);
      cursor_.scanned = end;
      if (end == bytes_.size() || (bytes_[end] == '\r' && end + 1 == bytes_.size())) return need_more();
      const std::size_t width = line_end_at(end);
      if (width == 0) return wrong(why_no_line_end(end));
      if (const MaybeError error = take_line(end, width)) return Progress::wrong(*error);
    }
    if (is_resumed_) remake_views();
    return Progress::done(cursor_.scanned);
  }

 private:
  static Progress wrong(std::string_view why) noexcept { return Progress::wrong(Grammar::bad, why); }

  bool is_folded() const noexcept {
    return cursor_.lines > 0 && cursor_.line_start < bytes_.size() && is_ows(bytes_[cursor_.line_start]);
  }

  // If the limit is reached, more bytes cannot complete the head. The fields of an incomplete head are freed:
  // they may take more memory than its bytes, and remake_views() sets them again at the end.
  Progress need_more() noexcept {
    if (!is_resumed_) Fields().swap(head_.fields);
    if (bytes_.size() < limits_.bytes) return Progress::need_more();
    if (cursor_.lines == 0) return Progress::wrong(Grammar::line_too_long, "the start line is too long");
    return Progress::wrong(Grammar::head_too_large, "the head is too large");
  }

  // Returns the width of the line end at `at`, 0 if there is none. Precondition: a CR is not the last byte.
  std::size_t line_end_at(std::size_t at) const noexcept {
    if (bytes_[at] == '\n') return Grammar::lf_alone_ends_lines ? 1 : 0;
    return bytes_[at] == '\r' && bytes_[at + 1] == '\n' ? 2 : 0;
  }

  std::string_view why_no_line_end(std::size_t at) const noexcept {
    if (bytes_[at] == '\n') return "a line that ends in LF alone";
    if (bytes_[at] == '\r') return "a CR that no LF follows";
    return Grammar::why_control(bytes_, at);
  }

  // Moves the cursor only behind valid lines, so that another call reports the same error again.
  MaybeError take_line(std::size_t end, std::size_t width) {
    const std::string_view line = bytes_.substr(cursor_.line_start, end - cursor_.line_start);
    MaybeError error = line.empty() ? take_empty_line() : take_text(line);
    if (!error) cursor_.scanned = cursor_.line_start = end + width;
    return error;
  }

  MaybeError take_empty_line() noexcept {
    if (cursor_.lines > 0) {
      cursor_.complete = true;
    } else if (cursor_.empty_lines < Grammar::empty_lines) {
      ++cursor_.empty_lines;
    } else {
      return ParseError{Grammar::bad, "empty lines where a start line was expected"};
    }
    return {};
  }

  MaybeError take_text(std::string_view line) {
    MaybeError error = cursor_.lines == 0 ? Grammar::parse_start(line, head_) : take_field(line);
    if (!error) ++cursor_.lines;
    return error;
  }

  MaybeError take_field(std::string_view line) {
    if (cursor_.lines > limits_.fields) return ParseError{Grammar::head_too_large, "too many fields"};
    Field field;
    if (const auto why = parse_field<Grammar>(line, field); !why.empty())
      return ParseError{Grammar::bad, why};
    if (ascii::equals_ignoring_case(field.name, "Connection")) {
      // forward.cpp compares each member with each field, so the number of members has the same limit.
      cursor_.nominations +=
          1 + static_cast<std::size_t>(std::count(field.value.begin(), field.value.end(), ','));
      if (cursor_.nominations > limits_.fields) {
        return ParseError{Grammar::head_too_large, "Connection names too many fields"};
      }
    }
    if (is_resumed_) return {};  // checked; remake_views() stores it when the head is complete
    if (head_.fields.capacity() == 0) head_.fields.reserve(usual_fields);
    head_.fields.push_back(field);
    return {};
  }

  // Splits a valid head again at its current address. Every LF in it ends a line.
  void remake_views() {
    head_.fields.clear();
    head_.fields.reserve(cursor_.lines - 1);
    std::size_t start = 2 * cursor_.empty_lines;  // in requests only, so each has two bytes
    for (std::size_t line = 0; line < cursor_.lines; ++line) {
      const std::size_t end = bytes_.find('\n', start);
      std::string_view text = bytes_.substr(start, end - start);
      if (text.ends_with('\r')) text.remove_suffix(1);
      if (line == 0) {
        static_cast<void>(Grammar::parse_start(text, head_));
      } else {
        static_cast<void>(parse_field<Grammar>(text, head_.fields.emplace_back()));
      }
      start = end + 1;
    }
  }

  std::string_view bytes_;
  const HeadLimits& limits_;
  HeadCursor& cursor_;
  typename Grammar::Head& head_;
  // Views of an earlier call point to the old address of the bytes.
  const bool is_resumed_ = cursor_.lines > 0;
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

bool is_repeated(const Fields& fields, const Field& first) noexcept {
  return std::any_of(
      fields.begin() + (&first - fields.data()) + 1, fields.end(),
      [&first](const Field& field) { return ascii::equals_ignoring_case(field.name, first.name); });
}

bool list_contains(const Fields& fields, std::string_view name, std::string_view token) noexcept {
  const auto is_token_asked = [token](std::string_view member) {
    return ascii::equals_ignoring_case(member, token);
  };
  return std::any_of(fields.begin(), fields.end(), [name, is_token_asked](const Field& field) {
    return ascii::equals_ignoring_case(field.name, name) && any_token(field.value, is_token_asked);
  });
}

}  // namespace aluvia::http
