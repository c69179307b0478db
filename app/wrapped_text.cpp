#include "wrapped_text.hpp"

#include "terminal_style.hpp"

#include <algorithm>

#include <sys/ioctl.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

constexpr std::size_t usual_width = 80;
constexpr std::size_t least_width = 40;
constexpr std::size_t most_width = 100;  // longer lines are hard to read

std::size_t help_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return usual_width;
  return std::clamp<std::size_t>(size.ws_col, least_width, most_width);
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t column, std::size_t indent) {
  std::string out;
  bool is_first = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (!is_first && column + 1 + width_of(word) > help_width()) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (!is_first) {
      out += ' ';
      ++column;
    }
    is_first = false;
    out += word;
    column += width_of(word);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return out;
}

}  // namespace aluvia::app
