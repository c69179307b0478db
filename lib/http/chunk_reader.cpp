#include "http/chunk_reader.hpp"

#include "base/ascii.hpp"
#include "http/head.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace aluvia::http {
namespace {

constexpr std::size_t max_size_digits = 16;
constexpr std::size_t max_extension = 4 * 1024;
constexpr std::size_t max_trailers = 16 * 1024;

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// How many characters at the front of `text` are no control characters.
std::size_t printable_run(std::string_view text, bool tab_is_fine) noexcept {
  const auto end = std::find_if(text.begin(), text.end(),
                                [=](char c) { return is_control(c) && !(tab_is_fine && c == '\t'); });
  return static_cast<std::size_t>(end - text.begin());
}

}  // namespace

Progress ChunkReader::read(std::string_view bytes) {
  return follow(bytes, [](std::size_t, std::size_t) {});
}

ChunkReader::Stripped ChunkReader::strip(std::span<char> bytes) {
  std::size_t kept = 0;
  const Progress progress =
      follow({bytes.data(), bytes.size()}, [&kept, bytes](std::size_t from, std::size_t count) {
        std::memmove(bytes.data() + kept, bytes.data() + from, count);
        kept += count;
      });
  return {progress, kept};
}

std::uint64_t ChunkReader::data_left() const noexcept {
  return state_ == State::data ? left_ : 0;
}

void ChunkReader::skip(std::uint64_t count) noexcept {
  assert(count <= data_left());
  if (state_ != State::data) return;
  left_ -= count;
  if (left_ == 0) state_ = State::data_cr;
}

template <class OnData>
Progress ChunkReader::follow(std::string_view bytes, OnData on_data) {
  std::size_t at = 0;
  while (at < bytes.size() && state_ < State::done) {
    if (state_ == State::data) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - at));
      on_data(at, count);
      skip(count);
      at += count;
    } else {
      at += step(bytes.substr(at));
    }
  }
  if (state_ == State::done) return Progress::done(at);
  if (state_ == State::wrong) return Progress::wrong(400, why_);
  return Progress::need_more();
}

std::size_t ChunkReader::step(std::string_view rest) {
  constexpr std::string_view no_lf = "CR without LF in a chunked body";
  switch (state_) {
    case State::size:
      return read_size(rest.front());
    case State::extension:
      return read_extension(rest);
    case State::size_lf:
      if (rest.front() != '\n') return refuse(no_lf);
      end_size_line();
      return 1;
    case State::data_cr:
      return expect(rest.front(), '\r', State::data_lf, "chunk data is not followed by CRLF");
    case State::data_lf:
      return expect(rest.front(), '\n', State::size, "chunk data is not followed by CRLF");
    case State::trailer_name:
      return read_trailer_name(rest);
    case State::trailer_value:
      return read_trailer_value(rest);
    case State::trailer_lf:
      return expect(rest.front(), '\n', State::trailer_name, no_lf);
    case State::last_lf:
      return expect(rest.front(), '\n', State::done, no_lf);
    case State::data:
    case State::done:
    case State::wrong:
      break;
  }
  return 0;
}

std::size_t ChunkReader::read_size(char c) {
  if (const int digit = ascii::hex_value(c); digit >= 0) {
    if (++spent_ > max_size_digits) return refuse("chunk size has more than 16 digits");
    left_ = left_ << 4 | static_cast<std::uint64_t>(digit);
    return 1;
  }
  if (spent_ == 0 || (c != ';' && c != '\r')) return refuse("chunk size is not a hexadecimal number");
  spent_ = 1;
  state_ = c == ';' ? State::extension : State::size_lf;
  return 1;
}

std::size_t ChunkReader::read_extension(std::string_view rest) {
  const std::size_t run = printable_run(rest, false);
  spent_ += run;
  if (spent_ > max_extension) return refuse("chunk extension is too long");
  if (run == rest.size()) return run;
  return run + expect(rest[run], '\r', State::size_lf, "control character in a chunk extension");
}

void ChunkReader::end_size_line() noexcept {
  spent_ = 0;
  name_size_ = 0;
  state_ = left_ == 0 ? State::trailer_name : State::data;
}

std::size_t ChunkReader::read_trailer_name(std::string_view rest) {
  if (name_size_ == 0 && rest.front() == '\r') {
    state_ = State::last_lf;
    return 1;
  }
  const std::string_view part = rest.substr(0, rest.find(':'));
  if (!part.empty() && !is_token(part)) return refuse("trailer name is not a token");
  remember_name(part);
  spent_ += part.size();
  if (spent_ > max_trailers) return refuse("trailers are too long");
  if (part.size() == rest.size()) return part.size();
  if (name_size_ == 0) return refuse("trailer has no name");
  if (is_forbidden_name()) return refuse("a trailer that frames, routes or belongs to one hop");
  return part.size() + expect(rest[part.size()], ':', State::trailer_value, {});
}

std::size_t ChunkReader::read_trailer_value(std::string_view rest) {
  constexpr std::size_t colon_and_crlf = 3;
  const std::size_t run = printable_run(rest, true);
  spent_ += run;
  if (spent_ + colon_and_crlf > max_trailers) return refuse("trailers are too long");
  if (run == rest.size()) return run;
  spent_ += colon_and_crlf;
  name_size_ = 0;
  return run + expect(rest[run], '\r', State::trailer_lf, "control character in a trailer");
}

std::size_t ChunkReader::expect(char c, char wanted, State next, std::string_view why) {
  if (c != wanted) return refuse(why);
  state_ = next;
  return 1;
}

std::size_t ChunkReader::refuse(std::string_view why) {
  state_ = State::wrong;
  why_ = why;
  return 0;
}

void ChunkReader::remember_name(std::string_view part) noexcept {
  if (name_size_ < name_.size()) part.copy(name_.data() + name_size_, name_.size() - name_size_);
  name_size_ += part.size();
}

bool ChunkReader::is_forbidden_name() const noexcept {
  if (name_size_ > name_.size()) return false;
  const std::string_view name(name_.data(), name_size_);
  constexpr std::array<std::string_view, 12> forbidden{"Transfer-Encoding",
                                                       "Content-Length",
                                                       "Host",
                                                       "Trailer",
                                                       "Connection",
                                                       "Proxy-Connection",
                                                       "Keep-Alive",
                                                       "TE",
                                                       "Upgrade",
                                                       "Proxy-Authenticate",
                                                       "Proxy-Authorization",
                                                       "Proxy-Authentication-Info"};
  return std::any_of(forbidden.begin(), forbidden.end(),
                     [name](std::string_view other) { return ascii::equals_ignoring_case(name, other); });
}

}  // namespace aluvia::http
