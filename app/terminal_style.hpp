// TerminalStyle: colors text for a terminal: headings, states, routes and errors. Without a terminal it
// returns every text as it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aluvia::app {

/// In the order of the words of --color.
enum class ColorChoice { automatic, always, never };

enum class Tone { plain, heading, faint, good, warning, error, gateway, direct };

class TerminalStyle {
 public:
  TerminalStyle() = default;  ///< no colors
  explicit TerminalStyle(bool is_colored) : is_colored_(is_colored) {}

  /// Returns the style of an open descriptor, by choose_color(), NO_COLOR and TERM.
  static TerminalStyle of(int descriptor);

  bool is_colored() const noexcept { return is_colored_; }

  /// Returns `text` in the color of `tone`. `text` has no escapes.
  std::string paint(Tone tone, std::string_view text) const;
  /// As paint(), and fills up to `width` characters with spaces, which stay uncolored.
  std::string paint(Tone tone, std::string_view text, std::size_t width) const;

  /// Colors the headings of a help text: lines that end with a colon and stand above an indented one.
  std::string help(std::string_view text) const;

 private:
  bool is_colored_ = false;
};

/// Returns true if output gets colors. An explicit choice wins; otherwise any non-empty NO_COLOR
/// (no-color.org), an empty TERM and TERM=dumb mean none. Null: the variable is not set.
bool wants_color(ColorChoice choice, bool is_terminal, const char* no_color, const char* term) noexcept;

/// Sets the choice for this process. Before other threads start.
void choose_color(ColorChoice choice) noexcept;

/// Returns the choice among the options of a command, automatic without one. Ignores a bad value, about which
/// the parser of the command complains.
ColorChoice color_choice_of(const std::vector<std::string>& options);

}  // namespace aluvia::app
