#include "answer_style.hpp"

#include "wrapped_text.hpp"

#include <algorithm>
#include <array>

#include <unistd.h>

namespace aluvia::app {
namespace {

struct Phrase {
  std::string_view text;
  Tone tone;
};

// The beginnings of lines that tell a state or a change.
constexpr std::array openings{
    Phrase{"Added", Tone::good},
    Phrase{"Removed", Tone::good},
    Phrase{"Fetched", Tone::good},
    Phrase{"Reported", Tone::good},
    Phrase{"New session", Tone::good},
    Phrase{"Geo is now", Tone::good},
    Phrase{"The rules are now", Tone::good},
    Phrase{"the options are good", Tone::good},
    Phrase{"stopped", Tone::good},
    Phrase{"warning", Tone::warning},
    Phrase{"but at this moment", Tone::warning},
};

constexpr std::array words{
    Phrase{"gateway", Tone::gateway}, Phrase{"direct", Tone::direct}, Phrase{"rejected", Tone::error},
    Phrase{"failed", Tone::error},    Phrase{"failing", Tone::error},
};

// A rule sends to the gateway, an exclusion away from it.
constexpr std::array rule_labels{std::string_view("account  "), std::string_view("local    ")};

constexpr std::string_view ready = "ready ";

bool is_word_byte(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z') || c == '-' || c == '.' || c == '_' || c == '*';
}

Tone tone_of(std::string_view word, std::string_view before) noexcept {
  const auto* const found = std::ranges::find(words, word, &Phrase::text);
  if (found == words.end()) return Tone::plain;
  const bool is_none = found->tone == Tone::error && (before == "0 " || before.ends_with(" 0 "));
  return is_none ? Tone::plain : found->tone;
}

std::string painted_words(std::string_view line, const TerminalStyle& style) {
  std::string out;
  for (std::size_t at = 0; at < line.size();) {
    const std::string_view rest = line.substr(at);
    const auto end = std::ranges::find_if_not(rest, is_word_byte);
    const std::string_view word = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    out += style.paint(tone_of(word, line.substr(0, at)), word);
    at += word.size();
    if (at < line.size()) out += line[at++];
  }
  return out;
}

std::string painted_state(std::string_view line, const TerminalStyle& style) {
  const std::size_t value = std::min(line.find_first_not_of(' ', ready.size()), line.size());
  const bool is_good = line.substr(value) == "yes";
  return std::string(line.substr(0, value)) +
         style.paint(is_good ? Tone::good : Tone::error, line.substr(value));
}

std::string painted_line(std::string_view line, const TerminalStyle& style) {
  if (line.starts_with(ready)) return painted_state(line, style);
  for (const std::string_view label : rule_labels) {
    if (!line.starts_with(label)) continue;
    const std::string_view rule = line.substr(label.size());
    return style.paint(Tone::faint, label) +
           style.paint(rule.starts_with('-') ? Tone::direct : Tone::gateway, rule);
  }
  for (const Phrase& one : openings) {
    if (line.starts_with(one.text))
      return style.paint(one.tone, one.text) + painted_words(line.substr(one.text.size()), style);
  }
  return painted_words(line, style);
}

}  // namespace

std::string painted(std::string_view answer, const TerminalStyle& style) {
  if (!style.is_colored()) return std::string(answer);
  std::string out;
  while (!answer.empty()) {
    const std::size_t end = std::min(answer.find('\n'), answer.size());
    out += painted_line(answer.substr(0, end), style);
    if (end < answer.size()) out += '\n';
    answer.remove_prefix(std::min(end + 1, answer.size()));
  }
  return out;
}

std::string shown_answer(std::string_view answer) {
  const TerminalStyle style = TerminalStyle::of(STDOUT_FILENO);
  const auto width = text_width(STDOUT_FILENO);
  return painted(width ? fitted(answer, *width) : std::string(answer), style);
}

}  // namespace aluvia::app
