// Escapes untrusted text so that it can neither control a terminal nor forge a line or a field.
//
// Escaped are control characters (C0, DEL and C1, U+0080 to U+009F), line and paragraph separators, invisible
// characters and those that change the direction of text (as in "trojan source"), and bytes that are not
// UTF-8. All other characters stay, of any language.
#pragma once

#include "base/secret_string.hpp"

#include <string>
#include <string_view>

namespace aluvia {

/// Returns one line: each escaped byte is written as \xNN, line feeds included.
std::string visible(std::string_view text);

/// As visible(), but keeps line feeds.
std::string visible_lines(std::string_view text);

/// Returns a JSON string with its quotes that is safe on a terminal: escapes are \uXXXX, and a byte that is
/// not UTF-8 becomes U+FFFD.
std::string json_quoted(std::string_view text);
/// Appends json_quoted(text); `out` may hold secrets.
void append_json_quoted(SecretString& out, std::string_view text);

/// Returns true if `text` is valid UTF-8 (RFC 3629).
bool is_utf8(std::string_view text) noexcept;

/// Applies the escapes of json_quoted() to JSON that another program wrote. Keeps line feeds.
std::string visible_json(std::string_view json);

}  // namespace aluvia
