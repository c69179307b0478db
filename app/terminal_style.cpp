#include "terminal_style.hpp"

#include "wrapped_text.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

// The eight colors of ECMA-48 only: every theme of a terminal, light or dark, keeps them readable.
constexpr std::array codes = std::to_array<std::string_view>({
    "",      // plain
    "1",     // heading: bold
    "2",     // faint
    "32",    // good: green
    "33",    // warning: yellow
    "1;31",  // error: bold red
    "35",    // gateway: magenta
    "36",    // direct: cyan
});

constexpr std::array choices = std::to_array<std::string_view>({"auto", "always", "never"});

ColorChoice choice_of_process = ColorChoice::automatic;

// Returns the first line of `text` without its end, and removes it from `text`.
std::string_view take_line(std::string_view& text) noexcept {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

}  // namespace

TerminalStyle TerminalStyle::of(int descriptor) {
  return TerminalStyle(wants_color(choice_of_process, ::isatty(descriptor) == 1, std::getenv("NO_COLOR"),
                                   std::getenv("TERM")));
}

std::string TerminalStyle::paint(Tone tone, std::string_view text) const {
  const std::string_view code = codes.at(static_cast<std::size_t>(tone));
  if (!is_colored_ || code.empty() || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string TerminalStyle::paint(Tone tone, std::string_view text, std::size_t width) const {
  const std::size_t used = width_of(text);
  return paint(tone, text) + std::string(width > used ? width - used : 0, ' ');
}

std::string TerminalStyle::help(std::string_view text) const {
  if (!is_colored_) return std::string(text);
  static constexpr std::string_view usage = "Usage:";
  std::string out;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.starts_with(usage)) {
      out += paint(Tone::heading, usage).append(line.substr(usage.size()));
    } else {
      const bool is_heading = line.ends_with(':') && !line.starts_with(' ') && text.starts_with("  ");
      out += paint(is_heading ? Tone::heading : Tone::plain, line);
    }
    out += '\n';
  }
  return out;
}

bool wants_color(ColorChoice choice, bool is_terminal, const char* no_color, const char* term) noexcept {
  if (choice != ColorChoice::automatic) return choice == ColorChoice::always;
  if (!is_terminal || (no_color && *no_color)) return false;
  return term && *term && std::string_view(term) != "dumb";
}

void choose_color(ColorChoice choice) noexcept {
  choice_of_process = choice;
}

// A later choice wins, as with other options.
ColorChoice color_choice_of(const std::vector<std::string>& options) {
  static constexpr std::string_view flag = "--color";
  ColorChoice out = ColorChoice::automatic;
  for (std::size_t i = 0; i < options.size() && options[i] != "--"; ++i) {
    std::string_view value;
    if (options[i] == flag && i + 1 < options.size()) value = options[i + 1];
    if (options[i].starts_with("--color=")) value = std::string_view(options[i]).substr(flag.size() + 1);
    const auto* const choice = std::ranges::find(choices, value);
    if (choice != choices.end()) out = static_cast<ColorChoice>(choice - choices.begin());
  }
  return out;
}

}  // namespace aluvia::app
