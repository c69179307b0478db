// Files that are this user's alone: read only where nobody else could have written or read them, written in
// one step. Blocking, for the poll thread.
#pragma once

#include "base/result.hpp"
#include "base/secret_string.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::control {

/// The whole file; nothing where there is none. The error is a sentence that begins with the path: it is not
/// a plain file, belongs to another user, is open to others (anything beyond mode 0600), or is longer than
/// `limit` bytes.
Result<std::optional<SecretString>, std::string> read_private_file(const std::string& path,
                                                                   std::size_t limit);

/// Writes a new file (mode 0600) beside `path` and renames it. On an error, a sentence, the old one stays.
Result<void, std::string> replace_private_file(const std::string& path, std::string_view text);

}  // namespace aluvia::control
