// Text of others, written so that it can neither steer a terminal nor forge a line or a field.
//
// Escaped are control characters (C0, DEL and C1, U+0080 to U+009F), line and paragraph separators, invisible
// characters and those that change the direction of text (as in "trojan source"), and bytes that are not
// UTF-8. All other characters stay, of any language.
#pragma once

#include <string>
#include <string_view>

namespace aluvia {

/// One line: every escaped byte as \xNN, the line feed too.
std::string visible(std::string_view text);

/// Several lines: as visible(), but line feeds stay.
std::string visible_lines(std::string_view text);

/// A JSON string with its quotes, which a terminal may show: escapes are \uXXXX, a byte that is not UTF-8
/// becomes U+FFFD.
std::string json_quoted(std::string_view text);

/// A JSON text that another program wrote, with the same escapes inside its strings. Line feeds stay.
std::string visible_json(std::string_view json);

}  // namespace aluvia
