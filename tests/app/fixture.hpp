// Shared by the tests of the command line: an environment of their own, and temporary files.
#pragma once

#include "option_table.hpp"
#include "run_options.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace aluvia::app::test {

/// The variables that the program reads, unset before and after.
class Environment {
 public:
  Environment() { clear(); }
  ~Environment() { clear(); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  void set(const std::string& name, const std::string& value) { ::setenv(name.c_str(), value.c_str(), 1); }

 private:
  static void clear() {
    ::unsetenv("CREDENTIALS_DIRECTORY");
    for (const OptionRow& row : option_table()) {
      if (row.has_variable) ::unsetenv(row.variable().c_str());
      if (!row.other_variable.empty()) ::unsetenv(std::string(row.other_variable).c_str());
    }
  }
};

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "aluvia-app-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path() const { return path_.string(); }
  std::string file(const std::string& name, const std::string& content) const {
    const auto path = path_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }

 private:
  std::filesystem::path path_;
};

using Arguments = std::vector<std::string>;

inline RunOptions options(const Arguments& arguments = {}) {
  auto read = read_run_options(arguments);
  if (const auto* const error = std::get_if<UsageError>(&read)) FAIL(error->message);
  return std::get<RunOptions>(std::move(read));
}

inline std::string complaint(const Arguments& arguments = {}) {
  const auto read = read_run_options(arguments);
  const auto* const error = std::get_if<UsageError>(&read);
  if (!error) return "accepted";
  CHECK(error->message.find('\n') == std::string::npos);
  return error->message;
}

}  // namespace aluvia::app::test
