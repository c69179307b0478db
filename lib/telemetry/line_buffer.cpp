#include "telemetry/line_buffer.hpp"

#include "base/visible.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

#include <fmt/chrono.h>

namespace aluvia::telemetry {
namespace {

// Plain characters are those that neither JSON nor a terminal needs escaped. A host, a rule or a method has
// no others.
bool is_plain(char c) noexcept {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

constexpr std::uint64_t every_byte(std::uint64_t value) noexcept {
  return value * 0x0101'0101'0101'0101;
}

// Returns a number other than 0 if one of the eight bytes is not plain, without a branch for each byte. The
// high bit of a byte has the result: a subtraction borrows from it, an addition carries into it.
std::uint64_t not_plain(std::uint64_t bytes) noexcept {
  const auto is_zero = [](std::uint64_t x) { return (x - every_byte(1)) & ~x; };
  const std::uint64_t below_space = (bytes - every_byte(0x20)) & ~bytes;
  const std::uint64_t above_tilde = (bytes + every_byte(1)) | bytes;
  return (below_space | above_tilde | is_zero(bytes ^ every_byte('"')) | is_zero(bytes ^ every_byte('\\'))) &
         every_byte(0x80);
}

// Copies plain text, eight bytes at a time; returns false if it has other characters. `to` has space for
// `text`.
bool copy_plain(char* to, std::string_view text) noexcept {
  const std::size_t size = text.size();
  if (size < 8) {
    for (const char c : text) {
      if (!is_plain(c)) return false;
      *to++ = c;
    }
    return true;
  }
  std::uint64_t found = 0;
  const auto copy_eight = [&](std::size_t at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    std::memcpy(to + at, &bytes, sizeof bytes);
    found |= not_plain(bytes);
  };
  for (std::size_t at = 0; at + 8 < size; at += 8) copy_eight(at);
  copy_eight(size - 8);  // overlaps those before
  return found == 0;
}

}  // namespace

void LineBuffer::begin(std::size_t most) {
  if (most > capacity_) {
    storage_ = std::make_unique_for_overwrite<char[]>(most);
    capacity_ = most;
  }
  at_ = storage_.get();
}

void LineBuffer::quoted(std::string_view text) {
  text = text.substr(0, longest_text);
  if (!copy_plain(at_ + 1, text)) return raw(json_quoted(text));
  *at_ = '"';
  at_ += text.size() + 2;
  at_[-1] = '"';
}

void LineBuffer::escaped(std::string_view text) {
  text = text.substr(0, longest_text);
  if (!copy_plain(at_, text)) return raw(visible(text));
  at_ += text.size();
}

void LineBuffer::long_number(std::uint64_t value) noexcept {
  at_ = std::to_chars(at_, at_ + 20, value).ptr;
}

void LineBuffer::milliseconds(std::chrono::microseconds time) noexcept {
  const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
  number(count / 1000);
  const auto rest = static_cast<unsigned>(count % 1000);
  if (rest == 0) return;
  *at_++ = '.';
  three_digits(rest);
  while (at_[-1] == '0') --at_;
}

void LineBuffer::three_digits(unsigned value) noexcept {
  *at_++ = static_cast<char>('0' + value / 100);
  *at_++ = static_cast<char>('0' + value / 10 % 10);
  *at_++ = static_cast<char>('0' + value % 10);
}

void LineBuffer::hexadecimal(std::uint32_t value) noexcept {
  if (value != hexadecimal_) {
    for (int at = 0; at < 6; ++at) hexadecimal_text_[at] = "0123456789abcdef"[value >> (20 - 4 * at) & 0xFU];
    hexadecimal_ = value;
  }
  std::memcpy(at_, hexadecimal_text_, sizeof hexadecimal_text_);
  at_ += sizeof hexadecimal_text_;
}

// A time before 1970 is shown as 1970.
void LineBuffer::time(std::chrono::system_clock::time_point time) {
  const std::int64_t signed_us =
      std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count();
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(signed_us, 0));
  const auto second = us / 1'000'000;
  if (second != second_) {
    const std::string text =
        fmt::format("{:%Y-%m-%dT%H:%M:%S}.", fmt::gmtime(static_cast<std::time_t>(second)));
    std::copy_n(text.begin(), std::min(text.size(), sizeof second_text_), second_text_);
    second_ = second;
  }
  std::memcpy(at_, second_text_, sizeof second_text_);
  at_ += sizeof second_text_;
  three_digits(static_cast<unsigned>(us / 1000 % 1000));
  *at_++ = 'Z';
}

}  // namespace aluvia::telemetry
