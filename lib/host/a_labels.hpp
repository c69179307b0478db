// Converts names outside ASCII to the A-labels that browsers send (RFC 5890 §2.3.2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aluvia::host {

bool is_ascii(std::string_view text) noexcept;

/// Returns `text` with U+3002, U+FF0E and U+FF61 replaced by the ASCII dot (UTS #46 §2.3).
std::string with_ascii_dots(std::string_view text);

/// Returns the name with each label outside ASCII as an A-label: UTS #46, non-transitional processing,
/// without STD3 rules; symbols are allowed. Returns nothing if a label has no A-label, or if the name has a
/// NUL, is not UTF-8 or is too long. Labels in ASCII are not checked. Does no I/O.
std::optional<std::string> to_a_labels(std::string_view name);

}  // namespace aluvia::host
