// Breaks and cuts text for the width of a terminal.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::app {

/// Returns the columns of the terminal that `descriptor` is; nothing if it is none or does not tell.
std::optional<std::size_t> terminal_width(int descriptor);

/// Returns the width for text on the terminal that `descriptor` is, 40 to 100 columns; nothing if it is none.
std::optional<std::size_t> text_width(int descriptor);

/// Returns `text`, which begins at `column`, in lines of at most `width` columns. Those after the first begin
/// at `indent`. The last has no line feed. A longer word, and a command of this program, stay on one line,
/// because a reader pastes them.
std::string wrapped(std::string_view text, std::size_t column, std::size_t indent, std::size_t width);

/// As above for the terminal on stdout; 80 columns without one.
std::string wrapped(std::string_view text, std::size_t column, std::size_t indent);

/// Returns the words of a shell command, which begins at `column`, in one line, or in several that a shell
/// continues by a backslash. No width: one line.
std::string wrapped_command(const std::vector<std::string>& words, std::size_t column,
                            std::optional<std::size_t> width);

/// Returns lines that fit `width`: a longer one goes on below its last column, which stands behind two
/// spaces.
std::string fitted(std::string_view lines, std::size_t width);

/// Returns `text` without what is beyond `width` characters, the last of which is then "…".
std::string cut(std::string_view text, std::size_t width);

/// As cut(), but keeps the end of `text`.
std::string cut_before(std::string_view text, std::size_t width);

/// Returns the number of characters in UTF-8 text.
std::size_t width_of(std::string_view text) noexcept;

}  // namespace aluvia::app
