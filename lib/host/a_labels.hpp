// Names outside ASCII in the form that requests carry: A-labels (RFC 5890 §2.3.2.1), as browsers make them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aluvia::host {

bool is_ascii(std::string_view text) noexcept;

/// With U+3002, U+FF0E and U+FF61 as the dots that they stand for (UTS #46 §2.3).
std::string with_ascii_dots(std::string_view text);

/// The name with each label that is not ASCII as an A-label: UTS #46, non-transitional processing, without
/// STD3 rules; symbols are allowed. Nothing where a label has no A-label, or the bytes are no UTF-8. Labels
/// in ASCII are not looked at. Takes names without NUL; does no I/O.
std::optional<std::string> to_a_labels(std::string_view name);

}  // namespace aluvia::host
