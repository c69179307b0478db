// A hosts file that is removed at the end of its test.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>
#include <unistd.h>

namespace aluvia::test {

class TemporaryHostsFile {
 public:
  explicit TemporaryHostsFile(const std::string& text) {
    std::string name = (std::filesystem::temp_directory_path() / "aluvia-hosts-XXXXXX").string();
    const int descriptor = ::mkstemp(name.data());
    REQUIRE(descriptor >= 0);
    ::close(descriptor);
    path_ = name;
    write(text);
  }
  ~TemporaryHostsFile() { std::filesystem::remove(path_); }
  TemporaryHostsFile(const TemporaryHostsFile&) = delete;
  TemporaryHostsFile& operator=(const TemporaryHostsFile&) = delete;

  const std::string& path() const noexcept { return path_; }

  /// Into the same file.
  void write(const std::string& text) const { std::ofstream(path_, std::ios::trunc) << text; }
  /// Under the same name, as editors and Docker do it.
  void replace(const std::string& text) const {
    std::ofstream(path_ + ".new") << text;
    REQUIRE(std::rename((path_ + ".new").c_str(), path_.c_str()) == 0);
  }

 private:
  std::string path_;
};

}  // namespace aluvia::test
