// Appends the pieces of one line of text or JSON: each function writes at a place in storage and returns the
// place behind.
//
// The access log writes a line for each request on the loop, so the space is checked once a line instead of
// once a piece, and the place stays in a register: a JsonWriter costs twenty times as many instructions.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace aluvia::telemetry {

/// A longer text is cut, because a peer chooses it.
inline constexpr std::size_t longest_text = 1024;
/// Returns the bytes that `count` texts can take whose sizes have the sum `sizes`: an escape has up to six
/// bytes for each, and a quote stands on either side.
constexpr std::size_t most_of_texts(std::size_t count, std::size_t sizes) noexcept {
  return 6 * std::min(sizes, count * longest_text) + 2 * count;
}

/// Appends text of this program as it is.
template <std::size_t size>
char* put_literal(char* at, const char (&text)[size]) noexcept {
  std::memcpy(at, text, size - 1);
  return at + size - 1;
}
inline char* put_raw(char* at, std::string_view text) noexcept {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

/// Append foreign text: as a JSON string with its quotes (json_quoted()), or on one line (visible()).
/// Precondition: there are most_of_texts() bytes of space.
char* put_quoted(char* at, std::string_view text);
char* put_escaped(char* at, std::string_view text);

char* put_long_number(char* at, std::uint64_t value) noexcept;
inline char* put_number(char* at, std::uint64_t value) noexcept {
  if (value >= 10) return put_long_number(at, value);
  *at = static_cast<char>('0' + value);
  return at + 1;
}
/// In milliseconds with up to three decimals; a negative time is 0.
char* put_milliseconds(char* at, std::chrono::microseconds time) noexcept;

/// Appends the time and the run of a request; keeps their last texts, because those of the next line are
/// often the same. For one thread.
class RepeatedTexts {
 public:
  using Time = std::chrono::system_clock::time_point;

  /// RFC 3339 in UTC with milliseconds. A time before 1970 is shown as 1970.
  char* put_time(char* at, Time time);
  /// Six hexadecimal digits of a number below 2^24.
  char* put_run(char* at, std::uint32_t run) noexcept;

 private:
  void set_second(Time time);

  Time second_ = Time::max() - std::chrono::seconds(1);  // begin of the second; none is so late
  char second_text_[20] = {};
  std::uint32_t run_ = 0;
  char run_text_[6] = {'0', '0', '0', '0', '0', '0'};
};

}  // namespace aluvia::telemetry
