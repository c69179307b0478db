// LineBuffer: builds one line of text or JSON in storage that the next line reuses.
//
// The access log writes a line for each request, so the space is checked once a line instead of once a piece:
// a JsonWriter costs ten times as many instructions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace aluvia::telemetry {

class LineBuffer {
 public:
  /// Begins an empty line. `most` bytes must be enough for all that follows: see most_of().
  void begin(std::size_t most);

  /// A longer text is cut, because a peer chooses it.
  static constexpr std::size_t longest_text = 1024;
  /// Bytes that a text can take: an escape has up to six bytes for each, and a quote stands on either side.
  static constexpr std::size_t most_of(std::string_view text) noexcept {
    return 6 * (text.size() < longest_text ? text.size() : longest_text) + 2;
  }

  /// Appends text of this program as it is.
  template <std::size_t size>
  void literal(const char (&text)[size]) noexcept {
    std::memcpy(at_, text, size - 1);
    at_ += size - 1;
  }
  void raw(std::string_view text) noexcept {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }

  /// Append foreign text: as a JSON string with its quotes (json_quoted()), or on one line (visible()).
  void quoted(std::string_view text);
  void escaped(std::string_view text);

  void number(std::uint64_t value) noexcept {
    if (value >= 10) return long_number(value);
    *at_++ = static_cast<char>('0' + value);
  }
  /// In milliseconds with up to three decimals; a negative time is 0.
  void milliseconds(std::chrono::microseconds time) noexcept;
  /// Six hexadecimal digits of a number below 2^24.
  void hexadecimal(std::uint32_t value) noexcept;
  /// RFC 3339 in UTC with milliseconds.
  void time(std::chrono::system_clock::time_point time);

  /// Holds until the next begin().
  std::string_view line() const noexcept {
    return {storage_.get(), static_cast<std::size_t>(at_ - storage_.get())};
  }

 private:
  void long_number(std::uint64_t value) noexcept;
  void three_digits(unsigned value) noexcept;
  void up_to_three_digits(unsigned value) noexcept;

  std::unique_ptr<char[]> storage_;
  std::size_t capacity_ = 0;
  char* at_ = nullptr;
  // The last second and hexadecimal number and their texts: those of the next line are often the same.
  std::uint64_t second_ = UINT64_MAX;
  char second_text_[20] = {};
  std::uint32_t hexadecimal_ = 0;
  char hexadecimal_text_[6] = {'0', '0', '0', '0', '0', '0'};
};

}  // namespace aluvia::telemetry
