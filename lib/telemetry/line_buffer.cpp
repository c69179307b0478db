#include "telemetry/line_buffer.hpp"

#include "base/visible.hpp"

#include <algorithm>
#include <charconv>

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

// Returns a number other than 0 if one of the eight bytes is not plain. Without a branch for each byte; the
// high bit of a byte tells the result of a subtraction in it.
std::uint64_t not_plain(std::uint64_t bytes) noexcept {
  const auto is_zero = [](std::uint64_t x) { return (x - every_byte(1)) & ~x; };
  const std::uint64_t below_space = (bytes - every_byte(0x20)) & ~bytes;
  const std::uint64_t found = below_space | is_zero(bytes ^ every_byte('"')) |
                              is_zero(bytes ^ every_byte('\\')) | is_zero(bytes ^ every_byte(0x7F)) | bytes;
  return found & every_byte(0x80);
}

// Copies plain text, eight bytes at a time; returns false if it has other characters. `to` has space for
// `text`.
bool copy_plain(char* to, std::string_view text) noexcept {
  const std::size_t size = text.size();
  if (size < 8) {
    std::ranges::copy(text, to);
    return std::ranges::all_of(text, is_plain);
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
  auto rest = static_cast<unsigned>(count % 1000);
  if (rest == 0) return;
  *at_++ = '.';
  for (unsigned unit = 100; rest > 0; unit /= 10) {
    *at_++ = static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
}

void LineBuffer::hexadecimal(std::uint32_t value) noexcept {
  if (value != hexadecimal_) {
    for (int at = 0; at < 6; ++at) hexadecimal_text_[at] = "0123456789abcdef"[value >> (20 - 4 * at) & 0xFU];
    hexadecimal_ = value;
  }
  std::memcpy(at_, hexadecimal_text_, sizeof hexadecimal_text_);
  at_ += sizeof hexadecimal_text_;
}

void LineBuffer::time(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto all = floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::int64_t second = all >= 0 ? all / 1000 : 0;
  if (second != second_) {
    const std::string text = fmt::format("{:%Y-%m-%dT%H:%M:%S}.", fmt::gmtime(second));
    std::copy_n(text.begin(), std::min(text.size(), sizeof second_text_), second_text_);
    second_ = second;
  }
  std::memcpy(at_, second_text_, sizeof second_text_);
  at_ += sizeof second_text_;
  const auto rest = static_cast<unsigned>(all >= 0 ? all % 1000 : 0);
  *at_++ = static_cast<char>('0' + rest / 100);
  *at_++ = static_cast<char>('0' + rest / 10 % 10);
  *at_++ = static_cast<char>('0' + rest % 10);
  *at_++ = 'Z';
}

}  // namespace aluvia::telemetry
