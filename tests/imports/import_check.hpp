// Reads every #include below lib/ and app/ and holds it against the table. It reads lines, not C++: an
// include that a comment or a macro hides is written by nobody here by accident.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace imports {

/// One sentence per include that breaks the table, each beginning with `path:line: `, path relative to
/// `root`; sorted by path. `root` is the project's folder: the one that holds lib/ and app/.
std::vector<std::string> violations(const std::filesystem::path& root);

/// How many #include lines violations() reads below `root`: a check that found nothing to read proves
/// nothing.
std::size_t include_count(const std::filesystem::path& root);

}  // namespace imports
