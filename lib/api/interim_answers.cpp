#include "api/interim_answers.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace aluvia::api {
namespace {

enum class Kind { undecided, interim, other };

// `HTTP/1.1 1dd` and a byte that ends the code; x stands for the digits.
bool fits(std::size_t at, char c) {
  constexpr std::string_view wanted = "HTTP/1.x 1xx";
  if (at == wanted.size()) return c == ' ' || c == '\r' || c == '\n';
  return wanted[at] == 'x' ? ascii::is_digit(c) : c == wanted[at];
}

Kind kind_of(std::string_view bytes) {
  const std::size_t known = std::min(bytes.size(), InterimAnswers::longest_undecided);
  for (std::size_t i = 0; i < known; ++i) {
    if (!fits(i, bytes[i])) return Kind::other;
  }
  if (known < InterimAnswers::longest_undecided) return Kind::undecided;
  return bytes.substr(9, 3) == "101" ? Kind::other : Kind::interim;
}

}  // namespace

std::size_t InterimAnswers::skip(std::string_view bytes) {
  std::size_t skipped = 0;
  while (next_ == Next::undecided) {
    const std::string_view rest = bytes.substr(skipped);
    if (in_fields_) {
      skipped += skip_fields(rest);
      if (in_fields_) break;
      continue;
    }
    const Kind kind = kind_of(rest);
    if (kind == Kind::undecided) break;
    if (kind == Kind::other) {
      next_ = Next::final;
    } else if (++count_ > most) {
      next_ = Next::too_many;
    } else {
      in_fields_ = true;
      line_is_empty_ = false;
      skipped += longest_undecided - 1;
    }
  }
  return skipped;
}

// Up to behind the blank line, or everything.
std::size_t InterimAnswers::skip_fields(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n') {
      if (line_is_empty_) {
        in_fields_ = false;
        return i + 1;
      }
      line_is_empty_ = true;
    } else if (bytes[i] != '\r') {
      line_is_empty_ = false;
    }
  }
  return bytes.size();
}

}  // namespace aluvia::api
