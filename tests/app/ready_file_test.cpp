// Tests that the ready file exists as long as its object, and that no other file is removed.
#include "ready_file.hpp"

#include "fixture.hpp"

#include <unistd.h>

using namespace aluvia::app;
using aluvia::app::test::Folder;
namespace fs = std::filesystem;

namespace {

std::string content(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("The ready file replaces an old one and is removed at the end, with nothing beside it") {
  const Folder folder;
  const std::string path = folder.file("ready", "old");
  {
    const auto ready = ReadyFile::write(path, "http://127.0.0.1:1\n");
    REQUIRE(ready);
    CHECK(content(path) == "http://127.0.0.1:1\n");
  }
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("A ready file that another process has replaced stays") {
  const Folder folder;
  const std::string path = folder.path() + "/ready";
  {
    const auto ready = ReadyFile::write(path, "mine\n");
    REQUIRE(ready);
    fs::rename(folder.file("other", "theirs"), path);
  }
  CHECK(content(path) == "theirs");
}

TEST_CASE("An error about a ready file names it, and no file is left") {
  const Folder folder;
  const auto missing = ReadyFile::write(folder.path() + "/none/ready", "x");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().find("/none/ready cannot be written: No such file") != std::string::npos);
  fs::create_directory(folder.path() + "/taken");
  CHECK_FALSE(ReadyFile::write(folder.path() + "/taken", "x"));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("Another user cannot take the name under which the ready file is written first") {
  const Folder folder;
  const std::string path = folder.path() + "/ready";
  (void)folder.file("ready." + std::to_string(::getpid()), "taken");
  const auto ready = ReadyFile::write(path, "mine\n");
  REQUIRE(ready);
  CHECK(content(path) == "mine\n");
}

TEST_CASE("A link at the ready file's name is replaced, and its target stays") {
  const Folder folder;
  const std::string precious = folder.file("precious", "precious");
  fs::create_symlink(precious, folder.path() + "/ready");
  {
    const auto ready = ReadyFile::write(folder.path() + "/ready", "mine\n");
    REQUIRE(ready);
    CHECK_FALSE(fs::is_symlink(folder.path() + "/ready"));
  }
  CHECK(content(precious) == "precious");
}

TEST_CASE("The ready file is removed from the folder that it was written to, also when that was swapped") {
  const Folder folder;
  const std::string path = folder.path() + "/inner/ready";
  fs::create_directory(folder.path() + "/inner");
  {
    const auto ready = ReadyFile::write(path, "mine\n");
    REQUIRE(ready);
    fs::rename(folder.path() + "/inner", folder.path() + "/moved");
    fs::create_directory(folder.path() + "/inner");
    fs::create_hard_link(folder.path() + "/moved/ready", path);
  }
  CHECK(content(path) == "mine\n");
  CHECK_FALSE(fs::exists(folder.path() + "/moved/ready"));
}
