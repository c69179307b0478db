#include "http/chunk_line.hpp"

#include "base/ascii.hpp"
#include "http/characters.hpp"

namespace aluvia::http {
namespace {

constexpr std::uint16_t max_digits = 16;
constexpr std::uint16_t max_extension = 4 * 1024;

constexpr std::string_view bad_extension = "a malformed chunk extension";

}  // namespace

std::size_t ChunkLine::read(std::string_view bytes) noexcept {
  std::size_t at = 0;
  while (at < bytes.size() && state_ < State::complete) {
    const State before = state_;
    state_ = next(bytes[at]);
    if (state_ == State::wrong) break;
    ++at;
    const bool in_extension = state_ != State::size && state_ != State::lf && before != State::lf;
    if (in_extension && ++extension_ > max_extension) {
      state_ = refuse("chunk extension is too long");
      break;
    }
  }
  return at;
}

ChunkLine::State ChunkLine::next(char c) noexcept {
  switch (state_) {
    case State::size:
      return next_in_size(c);
    case State::before_semicolon:
      if (detail::is_ows(c)) return state_;
      return c == ';' ? State::before_name : refuse("white space behind a chunk size or extension");
    case State::before_name:
      if (detail::is_ows(c)) return state_;
      return detail::is_tchar(c) ? State::name : refuse(bad_extension);
    case State::name:
      if (detail::is_tchar(c)) return state_;
      if (detail::is_ows(c)) return State::after_name;
      return c == '=' ? State::before_value : end_element(c);
    case State::after_name:
      if (detail::is_ows(c)) return state_;
      if (c == '=') return State::before_value;
      return c == ';' ? State::before_name : refuse(bad_extension);
    case State::before_value:
      if (detail::is_ows(c)) return state_;
      if (c == '"') return State::quoted;
      return detail::is_tchar(c) ? State::token : refuse(bad_extension);
    case State::token:
      return detail::is_tchar(c) ? state_ : end_element(c);
    case State::quoted:
      if (c == '"') return State::after_quoted;
      if (c == '\\') return State::escaped;
      return detail::is_control(c) ? refuse(bad_extension) : state_;
    case State::escaped:
      return detail::is_control(c) ? refuse(bad_extension) : State::quoted;
    case State::after_quoted:
      return end_element(c);
    case State::lf:
      return c == '\n' ? State::complete : refuse("CR without LF in a chunked body");
    case State::complete:
    case State::wrong:
      break;
  }
  return state_;
}

ChunkLine::State ChunkLine::next_in_size(char c) noexcept {
  if (const int digit = ascii::hex_value(c); digit >= 0) {
    if (++digits_ > max_digits) return refuse("chunk size has more than 16 digits");
    size_ = size_ << 4 | static_cast<std::uint64_t>(digit);
    return State::size;
  }
  const bool may_end = detail::is_ows(c) || c == ';' || c == '\r';
  if (digits_ == 0 || !may_end) return refuse("chunk size is not a hexadecimal number");
  return end_element(c);
}

// Handles the byte behind the size, a name without a value, or a value.
ChunkLine::State ChunkLine::end_element(char c) noexcept {
  if (c == ';') return State::before_name;
  if (c == '\r') return State::lf;
  return detail::is_ows(c) ? State::before_semicolon : refuse(bad_extension);
}

ChunkLine::State ChunkLine::refuse(std::string_view why) noexcept {
  why_ = why;
  return State::wrong;
}

}  // namespace aluvia::http
