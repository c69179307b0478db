#include "http/chunk_reader.hpp"

#include "http/characters.hpp"
#include "http/head.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace aluvia::http {
namespace {

constexpr std::size_t max_trailers = 16 * 1024;

// An output of follow() gets put() for each run of bytes, then end_of_data() or end_of_line().

// Drops everything.
struct NoOutput {
  void put(std::size_t /*at*/, std::size_t /*count*/) {}
  void end_of_data() {}
  void end_of_line(bool /*goes_on*/) {}
};

// Moves runs of bytes to the front of the buffer: first the settled ones, then those of an incomplete line.
class Compactor {
 public:
  explicit Compactor(std::span<char> bytes) noexcept : bytes_(bytes) {}

  void put(std::size_t at, std::size_t count) noexcept {
    const std::size_t to = settled_ + unfinished_;
    if (to != at) std::memmove(bytes_.data() + to, bytes_.data() + at, count);
    unfinished_ += count;
  }
  void settle() noexcept { settled_ += std::exchange(unfinished_, 0); }
  void discard() noexcept { unfinished_ = 0; }

  std::size_t settled() const noexcept { return settled_; }
  std::string_view unfinished() const noexcept { return {bytes_.data() + settled_, unfinished_}; }

 private:
  std::span<char> bytes_;
  std::size_t settled_ = 0;
  std::size_t unfinished_ = 0;
};

// Keeps the data and drops the lines.
struct DataOutput : Compactor {
  using Compactor::Compactor;
  void end_of_data() noexcept { settle(); }
  void end_of_line(bool /*goes_on*/) noexcept { discard(); }
};

// Keeps the data and the lines to forward. If an earlier call got the start of the first line, that moves
// from `begun` to `released`.
struct BodyOutput : Compactor {
  BodyOutput(std::span<char> bytes, std::string& line) noexcept : Compactor(bytes), begun(line) {}

  void end_of_data() noexcept { settle(); }
  void end_of_line(bool goes_on) noexcept {
    if (!goes_on) discard();
    settle();
    if (begun.empty()) return;
    std::string beginning = std::exchange(begun, {});
    if (goes_on) released = std::move(beginning);
  }

  std::string& begun;
  std::string released;
};

}  // namespace

Progress ChunkReader::read(std::string_view bytes) {
  NoOutput output;
  return follow(bytes, output);
}

ChunkReader::Filtered ChunkReader::filter(std::span<char> bytes) {
  BodyOutput output(bytes, held_);
  const Progress progress = follow({bytes.data(), bytes.size()}, output);
  if (progress.needs_more()) held_.append(output.unfinished());
  return {progress, std::move(output.released), output.settled()};
}

ChunkReader::Stripped ChunkReader::strip(std::span<char> bytes) {
  DataOutput output(bytes);
  const Progress progress = follow({bytes.data(), bytes.size()}, output);
  return {progress, output.settled()};
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

template <class Output>
Progress ChunkReader::follow(std::string_view bytes, Output& output) {
  std::size_t at = 0;
  while (at < bytes.size() && state_ < State::done) {
    if (state_ == State::data) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - at));
      output.put(at, count);
      output.end_of_data();
      skip(count);
      at += count;
      continue;
    }
    const std::size_t count = step(bytes.substr(at));
    if (state_ == State::wrong) break;
    if (state_ != State::trailer_space) output.put(at, count);
    at += count;
    // LF occurs only at the end of a line.
    if (bytes[at - 1] == '\n') output.end_of_line(!std::exchange(drops_line_, false));
  }
  if (state_ == State::done) return Progress::done(at);
  if (state_ == State::wrong) return Progress::wrong(400, why_);
  return Progress::need_more();
}

std::size_t ChunkReader::step(std::string_view rest) {
  constexpr std::string_view no_lf = "CR without LF in a chunked body";
  switch (state_) {
    case State::line:
      return read_line(rest);
    case State::data_cr:
      return expect(rest.front(), '\r', State::data_lf, "chunk data is not followed by CRLF");
    case State::data_lf:
      return expect(rest.front(), '\n', State::line, "chunk data is not followed by CRLF");
    case State::trailer_name:
      return read_trailer_name(rest);
    case State::trailer_space:
      return read_trailer_space(rest.front());
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

std::size_t ChunkReader::read_line(std::string_view rest) {
  const std::size_t count = line_.read(rest);
  if (line_.is_wrong()) return refuse(line_.why());
  if (line_.is_complete()) {
    left_ = line_.size();
    state_ = left_ == 0 ? State::trailer_name : State::data;
    line_ = {};
  }
  return count;
}

std::size_t ChunkReader::read_trailer_name(std::string_view rest) {
  if (name_size_ == 0 && rest.front() == '\r') {
    state_ = State::last_lf;
    return 1;
  }
  const auto* const end = std::find_if_not(rest.begin(), rest.end(), detail::is_tchar);
  const std::string_view part = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  if (!part.empty()) {
    remember_name(part);
    trailer_bytes_ += part.size();
    return trailer_bytes_ > max_trailers ? refuse("trailers are too long") : part.size();
  }
  if (name_size_ == 0) return refuse("trailer has no name");
  const char c = rest.front();
  if (c != ':' && !(sender_ == Sender::server && detail::is_ows(c))) {
    return refuse("trailer name is not a token");
  }
  end_trailer_name();
  if (state_ == State::wrong) return 0;
  state_ = State::trailer_space;
  return c == ':' ? read_trailer_space(c) : 1;
}

std::size_t ChunkReader::read_trailer_space(char c) {
  if (c == ':') {
    state_ = State::trailer_value;
    return 1;
  }
  if (!detail::is_ows(c)) return refuse("trailer name is not a token");
  return ++trailer_bytes_ > max_trailers ? refuse("trailers are too long") : 1;
}

std::size_t ChunkReader::read_trailer_value(std::string_view rest) {
  constexpr std::size_t colon_and_crlf = 3;
  const std::size_t run = detail::find_control(rest, 0);
  trailer_bytes_ += run;
  if (trailer_bytes_ + colon_and_crlf > max_trailers) return refuse("trailers are too long");
  if (run == rest.size()) return run;
  trailer_bytes_ += colon_and_crlf;
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

void ChunkReader::end_trailer_name() {
  const std::string_view name(name_.data(), std::min(name_size_, name_.size()));
  if (name_size_ > name_.size()) return;
  if (sender_ == Sender::server) {
    drops_line_ = is_forbidden_trailer(name);
  } else if (is_framing_or_hop_trailer(name)) {
    refuse("a trailer that frames, routes or belongs to one hop");
  }
}

void ChunkReader::remember_name(std::string_view part) noexcept {
  if (name_size_ < name_.size()) part.copy(name_.data() + name_size_, name_.size() - name_size_);
  name_size_ += part.size();
}

}  // namespace aluvia::http
