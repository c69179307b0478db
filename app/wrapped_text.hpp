// Breaks text for the terminal into lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aluvia::app {

/// Returns `text`, which begins at `column`, in lines that fit the terminal on stdout (40 to 100 columns; 80
/// without one). Those after the first begin at `indent`. The last has no line feed.
std::string wrapped(std::string_view text, std::size_t column, std::size_t indent);

}  // namespace aluvia::app
