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

// Sixteen characters at once, by the vector extension of GCC and clang.
using Sixteen = signed char __attribute__((vector_size(16)));

// Sets the bytes of characters that are not plain. Bytes above 0x7F are negative, and so below a space.
Sixteen not_plain(Sixteen text) noexcept {
  return (text < ' ') | (text == 0x7F) | (text == '"') | (text == '\\');
}

bool is_any_set(Sixteen bytes) noexcept {
  std::uint64_t halves[2];
  std::memcpy(halves, &bytes, sizeof halves);
  return (halves[0] | halves[1]) != 0;
}

void copy_eight(char* to, const char* from) noexcept {
  std::memcpy(to, from, 8);
}

// As copy_plain(), for 8 to 16 characters. Ends of copies overlap; what they leave is filled with spaces.
bool copy_short(char* to, std::string_view text) noexcept {
  const std::size_t size = text.size();
  char bytes[16];
  std::memset(bytes, ' ', sizeof bytes);
  copy_eight(bytes, text.data());
  copy_eight(bytes + size - 8, text.data() + size - 8);
  Sixteen all{};
  std::memcpy(&all, bytes, sizeof all);
  std::memcpy(to, bytes, sizeof bytes);
  return !is_any_set(not_plain(all));
}

// Copies plain text; returns false if it has other characters. `to` has the space that most_of() foresees,
// which is enough for sixteen bytes even if the text is shorter.
bool copy_plain(char* to, std::string_view text) noexcept {
  const std::size_t size = text.size();
  if (size < 8) {
    for (const char c : text) {
      if (!is_plain(c)) return false;
      *to++ = c;
    }
    return true;
  }
  if (size <= 16) return copy_short(to, text);
  Sixteen found{};
  const auto copy_sixteen = [&](std::size_t at) {
    Sixteen part{};
    std::memcpy(&part, text.data() + at, sizeof part);
    std::memcpy(to + at, &part, sizeof part);
    found |= not_plain(part);
  };
  for (std::size_t at = 0; at + 16 < size; at += 16) copy_sixteen(at);
  copy_sixteen(size - 16);  // overlaps those before
  return !is_any_set(found);
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

// Most numbers are ports, status codes and sizes.
void LineBuffer::long_number(std::uint64_t value) noexcept {
  if (value >= 1'000'000) return static_cast<void>(at_ = std::to_chars(at_, at_ + 20, value).ptr);
  const auto small = static_cast<unsigned>(value);
  if (small < 1000) return up_to_three_digits(small);
  up_to_three_digits(small / 1000);
  three_digits(small % 1000);
}

void LineBuffer::up_to_three_digits(unsigned value) noexcept {
  if (value >= 100) return three_digits(value);
  if (value >= 10) *at_++ = static_cast<char>('0' + value / 10);
  *at_++ = static_cast<char>('0' + value % 10);
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
