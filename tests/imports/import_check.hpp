// Compares every #include below lib/ and app/ with the module table and the library table. It reads lines,
// not C++: it does not see an include that a comment or a macro hides.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace imports {

/// Per module, the modules that it may include besides itself.
using Modules = std::map<std::string, std::set<std::string>>;

/// Reads the table that CMake writes from the aluvia_module() calls: `NAME: MODULE MODULE …` per line.
Modules read_module_table(const std::filesystem::path& file);

/// One sentence per include that breaks a table, each beginning with `path:line: `, with the path relative to
/// `root`; sorted by path. `root` is the folder that holds lib/ and app/.
std::vector<std::string> violations(const std::filesystem::path& root, const Modules& modules);

/// One sentence per module that another may include but does not, and per library that no file below `root`
/// includes.
std::vector<std::string> unused_permissions(const std::filesystem::path& root, const Modules& modules);

/// The number of #include lines below `root`; a check that read nothing proves nothing.
std::size_t include_count(const std::filesystem::path& root);

}  // namespace imports
