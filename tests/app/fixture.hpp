// What the tests of the command line share: an environment of their own and files that are gone afterwards.
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
    for (const char* const name : {"ALUVIA_TOKEN",
                                   "ALV_USER_TOKEN",
                                   "ALUVIA_TOKEN_FILE",
                                   "ALUVIA_PORT",
                                   "ALUVIA_HOST",
                                   "ALUVIA_GATEWAY_PROTOCOL",
                                   "ALUVIA_GATEWAY_PORT",
                                   "ALUVIA_GATEWAY_HOST",
                                   "ALUVIA_GATEWAY_CA",
                                   "ALUVIA_API_BASE_URL",
                                   "ALUVIA_API_CA",
                                   "ALUVIA_POLL_INTERVAL",
                                   "ALUVIA_DNS_SERVER",
                                   "ALUVIA_PROXY_AUTH",
                                   "ALUVIA_ALLOW_FROM",
                                   "ALUVIA_ALLOW_METADATA",
                                   "ALUVIA_ALLOW_LOOPBACK_NAMES",
                                   "ALUVIA_DENY_PRIVATE",
                                   "ALUVIA_CORE_DUMPS",
                                   "ALUVIA_LOG_LEVEL",
                                   "ALUVIA_LOG_FORMAT",
                                   "ALUVIA_CONFIG",
                                   "CREDENTIALS_DIRECTORY"}) {
      ::unsetenv(name);
    }
    for (const OptionRow& row : option_table()) {
      if (row.group == "Bounds") ::unsetenv(std::string(row.variable).c_str());
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
