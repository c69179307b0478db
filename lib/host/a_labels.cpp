// Makes A-labels with libidn2; no other file uses the library. Its non-transitional mode is stricter than
// browsers in one point: it rejects symbols (such as U+2764 in xn--qei.example), which IDNA 2008 disallows
// and UTS #46 allows. Its transitional mode allows them, and differs otherwise only in four characters.
#include "host/a_labels.hpp"

#include <algorithm>
#include <array>
#include <new>

#include <idn2.h>

namespace aluvia::host {
namespace {

constexpr std::size_t longest_label = 63 * 4;  // bytes of UTF-8: an A-label has 63 characters at most
constexpr std::size_t longest_name = 253 * 4;

// The deviation characters of UTS #46 §2: sharp s (two letter cases), final sigma, zero-width (non-)joiner.
constexpr std::array<std::string_view, 5> deviations{"\xC3\x9F", "\xE1\xBA\x9E", "\xCF\x82", "\xE2\x80\x8C",
                                                     "\xE2\x80\x8D"};

bool has_deviation(std::string_view label) {
  return std::any_of(deviations.begin(), deviations.end(),
                     [label](std::string_view one) { return label.find(one) != label.npos; });
}

int convert(const std::string& label, int flags, std::string& out) {
  char* converted = nullptr;
  const int result = idn2_to_ascii_8z(label.c_str(), &converted, flags);
  if (result == IDN2_MALLOC) throw std::bad_alloc();
  if (result == IDN2_OK) out = converted;
  idn2_free(converted);
  return result;
}

std::optional<std::string> to_a_label(const std::string& label) {
  if (label.size() > longest_label) return std::nullopt;
  std::string out;
  int result = convert(label, IDN2_NONTRANSITIONAL, out);
  const bool is_symbol = result == IDN2_DISALLOWED || result == IDN2_UNASSIGNED;
  if (is_symbol && !has_deviation(label)) result = convert(label, IDN2_TRANSITIONAL, out);
  return result == IDN2_OK && is_ascii(out) ? std::optional(out) : std::nullopt;
}

}  // namespace

bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string with_ascii_dots(std::string_view text) {
  static constexpr std::array<std::string_view, 3> dots{"\xE3\x80\x82", "\xEF\xBC\x8E", "\xEF\xBD\xA1"};
  std::string out;
  while (!text.empty()) {
    const auto dot = std::find_if(dots.begin(), dots.end(),
                                  [text](std::string_view one) { return text.starts_with(one); });
    out += dot == dots.end() ? text.front() : '.';
    text.remove_prefix(dot == dots.end() ? 1 : dot->size());
  }
  return out;
}

std::optional<std::string> to_a_labels(std::string_view name) {
  if (name.size() > longest_name || name.find('\0') != name.npos) return std::nullopt;
  const std::string dotted = with_ascii_dots(name);
  std::string_view rest = dotted;
  std::string out;
  while (true) {
    const std::string label(rest.substr(0, rest.find('.')));
    const auto converted = is_ascii(label) ? std::optional(label) : to_a_label(label);
    if (!converted) return std::nullopt;
    out += *converted;
    if (label.size() == rest.size()) return out;
    out += '.';
    rest.remove_prefix(label.size() + 1);
  }
}

}  // namespace aluvia::host
