// Reads and writes files that only this user can read and write. Blocks, for the poll thread.
#pragma once

#include "base/result.hpp"
#include "base/secret_string.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::control {

/// Returns the whole file, or nothing if there is none. The error is a sentence that begins with the path:
/// the file is not a regular file, belongs to another user, has a mode beyond 0600, or is longer than `limit`
/// bytes.
Result<std::optional<SecretString>, std::string> read_private_file(const std::string& path,
                                                                   std::size_t limit);

/// Writes a new file (mode 0600) beside `path` and renames it. The error is a sentence; the old file then
/// stays.
Result<void, std::string> replace_private_file(const std::string& path, std::string_view text);

}  // namespace aluvia::control
