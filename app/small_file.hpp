// Files that are read whole: a token, a configuration.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>

namespace aluvia::app {

/// The error is a phrase that begins with `path`: "/etc/token cannot be read: Permission denied".
Result<std::string, std::string> read_small_file(const std::string& path, std::size_t limit);

}  // namespace aluvia::app
