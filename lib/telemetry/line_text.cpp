#include "telemetry/line_text.hpp"

#include "base/visible.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <ctime>
#include <limits>

#include <fmt/chrono.h>

namespace aluvia::telemetry {
namespace {

// Plain characters are those that neither JSON nor a terminal needs escaped. A host, a rule or a method has
// no others. Sixteen characters are checked at once, by the vector extension of GCC and clang.
using Sixteen = signed char __attribute__((vector_size(16)));
using TwoWords = std::uint64_t __attribute__((vector_size(16)));

// Bytes above 0x7F are negative, and so below a space.
Sixteen not_plain(Sixteen text) noexcept {
  return (text < ' ') | (text == 0x7F) | (text == '"') | (text == '\\');
}

bool is_any_set(Sixteen bytes) noexcept {
  const auto words = std::bit_cast<TwoWords>(bytes);
  return (words[0] | words[1]) != 0;
}

// As copy_plain(), for a text of one or two words, whose copies overlap. A word that is shorter than half of
// the vector is repeated, because all of its bytes are checked.
template <class Word>
bool copy_ends(char* to, std::string_view text) noexcept {
  constexpr std::uint64_t repeat = UINT64_MAX / std::numeric_limits<Word>::max();
  const std::size_t end = text.size() - sizeof(Word);
  Word first = 0;
  Word last = 0;
  std::memcpy(&first, text.data(), sizeof first);
  std::memcpy(&last, text.data() + end, sizeof last);
  std::memcpy(to, &first, sizeof first);
  std::memcpy(to + end, &last, sizeof last);
  const TwoWords words{first * repeat, last * repeat};
  return !is_any_set(not_plain(std::bit_cast<Sixteen>(words)));
}

// As copy_plain(), for more than 16 characters.
bool copy_long(char* to, std::string_view text) noexcept {
  Sixteen found{};
  const auto copy_sixteen = [&](std::size_t at) {
    Sixteen part{};
    std::memcpy(&part, text.data() + at, sizeof part);
    std::memcpy(to + at, &part, sizeof part);
    found |= not_plain(part);
  };
  for (std::size_t at = 0; at + 16 < text.size(); at += 16) copy_sixteen(at);
  copy_sixteen(text.size() - 16);  // overlaps those before
  return !is_any_set(found);
}

// Copies plain text; returns false if it has other characters. Inline, because each line has several texts.
[[gnu::always_inline]] inline bool copy_plain(char* to, std::string_view text) noexcept {
  const std::size_t size = text.size();
  if (size > 16) return copy_long(to, text);
  if (size >= 8) return copy_ends<std::uint64_t>(to, text);
  if (size >= 4) return copy_ends<std::uint32_t>(to, text);
  if (size >= 2) return copy_ends<std::uint16_t>(to, text);
  return size == 0 || copy_ends<std::uint8_t>(to, text);
}

// Apart from put_quoted(), which then needs no stack.
[[gnu::noinline]] char* put_json(char* at, std::string_view text) {
  return put_raw(at, json_quoted(text));
}

// "00", "01" and so on up to "99".
constexpr std::array<char, 200> pairs = [] {
  std::array<char, 200> out{};
  for (std::size_t i = 0; i < 100; ++i) {
    out[2 * i] = static_cast<char>('0' + i / 10);
    out[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return out;
}();

// Precondition: `value` is below 100.
char* put_two_digits(char* at, unsigned value) noexcept {
  std::memcpy(at, pairs.data() + 2 * value, 2);
  return at + 2;
}

char* put_three_digits(char* at, unsigned value) noexcept {
  *at = static_cast<char>('0' + value / 100);
  return put_two_digits(at + 1, value % 100);
}

char* put_four_digits(char* at, unsigned value) noexcept {
  return put_two_digits(put_two_digits(at, value / 100), value % 100);
}

// Inline, because most numbers are ports, status codes, sizes and times.
[[gnu::always_inline]] inline char* put_up_to_four_digits(char* at, unsigned value) noexcept {
  if (value >= 1000) return put_four_digits(at, value);
  if (value >= 100) return put_three_digits(at, value);
  if (value >= 10) return put_two_digits(at, value);
  *at = static_cast<char>('0' + value);
  return at + 1;
}

}  // namespace

char* put_quoted(char* at, std::string_view text) {
  text = text.substr(0, longest_text);
  if (!copy_plain(at + 1, text)) [[unlikely]]
    return put_json(at, text);
  *at = '"';
  at[text.size() + 1] = '"';
  return at + text.size() + 2;
}

char* put_escaped(char* at, std::string_view text) {
  text = text.substr(0, longest_text);
  if (!copy_plain(at, text)) return put_raw(at, visible(text));
  return at + text.size();
}

char* put_long_number(char* at, std::uint64_t value) noexcept {
  if (value < 10'000) return put_up_to_four_digits(at, static_cast<unsigned>(value));
  if (value >= 100'000'000) return std::to_chars(at, at + 20, value).ptr;
  const auto small = static_cast<unsigned>(value);
  return put_four_digits(put_up_to_four_digits(at, small / 10'000), small % 10'000);
}

char* put_milliseconds(char* at, std::chrono::microseconds time) noexcept {
  const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
  const std::uint64_t whole = count / 1000;
  at = whole < 10'000 ? put_up_to_four_digits(at, static_cast<unsigned>(whole)) : put_long_number(at, whole);
  const auto rest = static_cast<unsigned>(count % 1000);
  if (rest == 0) return at;
  *at = '.';
  at = put_three_digits(at + 1, rest);
  while (at[-1] == '0') --at;
  return at;
}

char* RepeatedTexts::put_run(char* at, std::uint32_t run) noexcept {
  if (run != run_) {
    for (int i = 0; i < 6; ++i) run_text_[i] = "0123456789abcdef"[run >> (20 - 4 * i) & 0xFU];
    run_ = run;
  }
  std::memcpy(at, run_text_, sizeof run_text_);
  return at + sizeof run_text_;
}

void RepeatedTexts::set_second(Time time) {
  second_ = std::max(std::chrono::floor<std::chrono::seconds>(time), std::chrono::sys_seconds{});
  const std::string text =
      fmt::format("{:%Y-%m-%dT%H:%M:%S}.", fmt::gmtime(std::chrono::system_clock::to_time_t(second_)));
  std::copy_n(text.begin(), std::min(text.size(), sizeof second_text_), second_text_);
}

char* RepeatedTexts::put_time(char* at, Time time) {
  if (time < second_ || time >= second_ + std::chrono::seconds(1)) set_second(time);
  std::memcpy(at, second_text_, sizeof second_text_);
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(std::max(time, second_) - second_);
  at = put_three_digits(at + sizeof second_text_, static_cast<unsigned>(rest.count()));
  *at = 'Z';
  return at + 1;
}

}  // namespace aluvia::telemetry
