#include "wrapped_text.hpp"

#include <algorithm>

#include <sys/ioctl.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

constexpr std::size_t usual_width = 80;
constexpr std::size_t least_width = 40;
constexpr std::size_t most_width = 100;   // longer lines are hard to read
constexpr std::size_t least_column = 24;  // a narrower last column is not worth its indentation
constexpr std::size_t usual_indent = 2;

bool begins_character(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

std::string_view word_at(std::string_view text) noexcept {
  return text.substr(0, text.find(' '));
}

// Returns true if a line must not end between the words: "aluvia-connect status --port 54321" is pasted as a
// whole.
bool belong_together(std::string_view word, std::string_view next, bool is_command) noexcept {
  if (word.ends_with("aluvia-connect")) return !next.starts_with('(');
  const bool is_ended = word.ends_with(';') || word.ends_with(',') || word.ends_with('.');
  const bool takes_word = word.starts_with("--") || word == "rules" || word == "add" || word == "remove";
  return is_command && !is_ended && (takes_word || next.starts_with("--"));
}

// Returns the first word, or command of this program, of `text`.
std::string_view unbroken(std::string_view text) noexcept {
  std::string_view word = word_at(text);
  std::size_t end = word.size();
  const bool is_command = word.ends_with("aluvia-connect");
  while (end < text.size()) {
    const std::string_view next = word_at(text.substr(end + 1));
    if (!belong_together(word, next, is_command)) break;
    word = next;
    end += 1 + next.size();
  }
  return text.substr(0, end);
}

// The last column stands behind the last two spaces that are no indentation. A narrow one goes below as a
// whole.
std::string fitted_line(std::string_view line, std::size_t width) {
  if (width_of(line) <= width) return std::string(line);
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t gap = line.rfind("  ");
  const bool has_column = gap != line.npos && gap > begin;
  const std::string_view kept = line.substr(0, has_column ? gap + 2 : begin);
  const std::string_view rest = line.substr(kept.size());
  const std::size_t column = width_of(kept);
  const std::size_t indent = begin + usual_indent;
  if (!has_column) return std::string(kept) + wrapped(rest, column, indent, width);
  if (column + least_column <= width) return std::string(kept) + wrapped(rest, column, column, width);
  const std::string_view before = kept.substr(0, kept.find_last_not_of(' ') + 1);
  return std::string(before) + '\n' + std::string(indent, ' ') + wrapped(rest, indent, indent, width);
}

}  // namespace

std::optional<std::size_t> terminal_width(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
  return size.ws_col;
}

std::optional<std::size_t> text_width(int descriptor) {
  if (::isatty(descriptor) == 0) return std::nullopt;
  return std::clamp(terminal_width(descriptor).value_or(usual_width), least_width, most_width);
}

std::string wrapped(std::string_view text, std::size_t column, std::size_t indent, std::size_t width) {
  std::string out;
  bool is_first = true;
  while (!text.empty()) {
    const std::string_view word = unbroken(text);
    if (!is_first && column + 1 + width_of(word) > width) {
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

std::string wrapped(std::string_view text, std::size_t column, std::size_t indent) {
  return wrapped(text, column, indent, text_width(STDOUT_FILENO).value_or(usual_width));
}

std::string wrapped_command(const std::vector<std::string>& words, std::size_t column,
                            std::optional<std::size_t> width) {
  static constexpr std::string_view more = " \\";
  const std::size_t indent = column + usual_indent;
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t end = i + 1 < words.size() ? more.size() : 0;
    if (width && i > 0 && column + 1 + width_of(words[i]) + end > *width) {
      out += std::string(more) + '\n' + std::string(indent, ' ');
      column = indent;
    } else if (i > 0) {
      out += ' ';
      ++column;
    }
    out += words[i];
    column += width_of(words[i]);
  }
  return out;
}

std::string fitted(std::string_view lines, std::size_t width) {
  std::string out;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    out += fitted_line(lines.substr(0, end), width);
    if (end < lines.size()) out += '\n';
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return out;
}

std::string cut(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string(text);
  std::string out;
  std::size_t used = 0;
  for (const char c : text) {
    if (begins_character(c) && ++used >= width) break;
    out += c;
  }
  return out + "…";
}

std::string cut_before(std::string_view text, std::size_t width) {
  std::size_t left = width_of(text);
  if (left <= width) return std::string(text);
  while (!text.empty() && (left >= width || !begins_character(text.front()))) {
    if (begins_character(text.front())) --left;
    text.remove_prefix(1);
  }
  return std::string("…").append(text);
}

std::size_t width_of(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

}  // namespace aluvia::app
