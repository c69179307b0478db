// Finds, checks and makes the files of a state directory.
#pragma once

#include "base/result.hpp"

#include <string>

namespace aluvia::usage {

/// Creates the directory (mode 0700) and `usage.sqlite` (mode 0600) in it unless they exist, and returns the
/// path of the file. The error completes "cannot use …: ": either belongs to another user, is open to others,
/// or cannot be written.
Result<std::string, std::string> make_usage_file(const std::string& directory);

/// Returns the path of the file in `directory`. The error completes "cannot use …: ": there is none, or it
/// cannot be read.
Result<std::string, std::string> find_usage_file(const std::string& directory);

/// Renames a damaged file to `usage.sqlite.damaged`, in place of an earlier one. Returns the new path; the
/// error is a phrase.
Result<std::string, std::string> move_aside(const std::string& file);

}  // namespace aluvia::usage
