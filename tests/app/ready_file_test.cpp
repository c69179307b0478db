// The ready file stands as long as its object, and only as that file.
#include "ready_file.hpp"

#include "fixture.hpp"

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

TEST_CASE("A ready file that somebody has replaced is theirs and stays") {
  const Folder folder;
  const std::string path = folder.path() + "/ready";
  {
    const auto ready = ReadyFile::write(path, "mine\n");
    REQUIRE(ready);
    fs::rename(folder.file("other", "theirs"), path);
  }
  CHECK(content(path) == "theirs");
}

TEST_CASE("A ready file that cannot be written is told with its name, and nothing is left") {
  const Folder folder;
  const auto missing = ReadyFile::write(folder.path() + "/none/ready", "x");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().find("/none/ready cannot be written: No such file") != std::string::npos);
  fs::create_directory(folder.path() + "/taken");
  CHECK_FALSE(ReadyFile::write(folder.path() + "/taken", "x"));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}
