// Reads small files whole: a token, a configuration.
#pragma once

#include "base/result.hpp"
#include "base/secret_string.hpp"

#include <cstddef>
#include <string>

namespace aluvia::app {

struct SmallFile {
  SecretString text;                ///< may hold a secret
  bool is_readable_by_all = false;  ///< a plain file that every user of the machine may read
  bool is_stream = false;           ///< a pipe or socket, which gives its content once
};

/// Reads a file. The error is a phrase that begins with `path`: "/etc/token cannot be read: Permission
/// denied". It never repeats the contents of the file.
Result<SmallFile, std::string> read_small_file(const std::string& path, std::size_t limit);

/// Returns the warning, one line, about a file with secrets that every user of the machine may read.
std::string readable_by_all_warning(const std::string& path);

}  // namespace aluvia::app
