#include "imports/import_check.hpp"

#include "imports/allowed_imports.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>

namespace imports {
namespace {

namespace fs = std::filesystem;

struct Include {
  fs::path file;     // relative to the root
  std::size_t line;  // from 1
  std::string name;  // without quotes or brackets; empty when it is neither
  bool quoted;
};

bool is_source(const fs::path& path) {
  return path.extension() == ".cpp" || path.extension() == ".hpp";
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
}

// Returns the name behind #include, or nothing if the line has none.
std::optional<std::string_view> operand(std::string_view line) {
  line = trimmed(line);
  if (!line.starts_with('#')) return std::nullopt;
  line = trimmed(line.substr(1));
  if (!line.starts_with("include")) return std::nullopt;
  return trimmed(line.substr(std::string_view("include").size()));
}

void read_includes(const fs::path& root, const fs::path& file, std::vector<Include>& into) {
  std::ifstream in(root / file);
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const auto text = operand(line);
    if (!text) continue;
    const bool quoted = text->starts_with('"');
    const auto end = text->find(quoted ? '"' : '>', 1);
    const bool named = (quoted || text->starts_with('<')) && end != std::string_view::npos;
    into.push_back({file, number, named ? std::string(text->substr(1, end - 1)) : "", quoted});
  }
}

std::vector<Include> all_includes(const fs::path& root) {
  std::vector<fs::path> files;
  for (const char* top : {"lib", "app"}) {
    if (!fs::is_directory(root / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / top))
      if (entry.is_regular_file() && is_source(entry.path()))
        files.push_back(fs::relative(entry.path(), root));
  }
  std::sort(files.begin(), files.end());
  std::vector<Include> includes;
  for (const auto& file : files) read_includes(root, file, includes);
  return includes;
}

// lib/net/tls.hpp -> net, app/main.cpp -> app
std::string module_of(const fs::path& file) {
  auto part = file.begin();
  return *part == "lib" ? (++part)->string() : part->string();
}

const Library* find_library(std::string_view header) {
  const auto found = std::find_if(libraries.begin(), libraries.end(), [&](const Library& library) {
    return library.header.ends_with('/') ? header.starts_with(library.header) : header == library.header;
  });
  return found == libraries.end() ? nullptr : &*found;
}

bool holds(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_standard(std::string_view header) {
  return header.find_first_of("./") == std::string_view::npos;
}

// "module/file.hpp", or "file.hpp" beside the file that includes it.
std::string quoted_fault(const fs::path& root, const Modules& modules, const Include& include) {
  const std::string from = module_of(include.file);
  if (include.name.find("..") != std::string::npos) return "a path with .. hides which module it means";
  const auto slash = include.name.find('/');
  if (slash == std::string::npos) {
    const bool beside = fs::exists(root / include.file.parent_path() / include.name);
    return beside ? "" : "no such file beside it; a library stands in <>";
  }
  const std::string to = include.name.substr(0, slash);
  if (to == from) return "";
  if (!modules.contains(to)) return to + " is not a module of the table";
  return modules.at(from).contains(to) ? "" : from + " may not include " + to;
}

std::string bracket_fault(const Include& include) {
  const std::string from = module_of(include.file);
  const Library* library = find_library(include.name);
  if (!library) return is_standard(include.name) ? "" : "not a library of the table; ours stand in quotes";
  if (!holds(library->modules, from)) return from + " may not include <" + include.name + ">";
  if (library->in != In::any_file && include.file.extension() != ".cpp")
    return "<" + include.name + "> stands in a .cpp only";
  return "";
}

std::string fault(const fs::path& root, const Modules& modules, const Include& include) {
  const std::string from = module_of(include.file);
  if (!modules.contains(from)) return from + " is not a module of the table";
  if (include.name.empty()) return "neither \"file\" nor <header>: the check cannot tell what it includes";
  return include.quoted ? quoted_fault(root, modules, include) : bracket_fault(include);
}

std::string sentence(const Include& include, const std::string& what) {
  return include.file.generic_string() + ":" + std::to_string(include.line) + ": " + what;
}

// The second file that includes what only one may, named with the first.
std::string second_place(const Include& include, std::map<std::string_view, fs::path>& first) {
  const Library* library = include.quoted ? nullptr : find_library(include.name);
  if (!library || library->in != In::one_cpp_only) return "";
  const auto& holder = first.try_emplace(library->header, include.file).first->second;
  if (holder == include.file) return "";
  return "<" + include.name + "> has its one place already, in " + holder.generic_string();
}

}  // namespace

Modules read_module_table(const fs::path& file) {
  Modules modules;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(':');
    std::istringstream names(line.substr(colon + 1));
    auto& allowed = modules[line.substr(0, colon)];
    for (std::string name; names >> name;) allowed.insert(name);
  }
  return modules;
}

std::vector<std::string> violations(const fs::path& root, const Modules& modules) {
  std::vector<std::string> found;
  std::map<std::string_view, fs::path> first;
  for (const Include& include : all_includes(root)) {
    std::string what = fault(root, modules, include);
    if (what.empty()) what = second_place(include, first);
    if (!what.empty()) found.push_back(sentence(include, what));
  }
  return found;
}

std::vector<std::string> unused_permissions(const fs::path& root, const Modules& modules) {
  Modules used;
  std::set<std::string_view> used_libraries;
  for (const Include& include : all_includes(root)) {
    if (include.quoted) {
      used[module_of(include.file)].insert(include.name.substr(0, include.name.find('/')));
    } else if (const Library* library = find_library(include.name)) {
      used_libraries.insert(library->header);
    }
  }
  std::vector<std::string> unused;
  for (const auto& [from, allowed] : modules) {
    for (const std::string& to : allowed) {
      if (!used[from].contains(to)) unused.push_back(from + " may include " + to + ", but does not");
    }
  }
  for (const Library& library : libraries) {
    if (!used_libraries.contains(library.header)) {
      unused.push_back("<" + std::string(library.header) + "> has a row, but no file includes it");
    }
  }
  return unused;
}

std::size_t include_count(const fs::path& root) {
  return all_includes(root).size();
}

}  // namespace imports
