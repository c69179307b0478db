// Tests of the checks of a state directory.
#include "fixture.hpp"

#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

namespace aluvia::usage::testing {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 07777;
}

std::string error_of(const std::string& directory) {
  const auto made = make_usage_file(directory);
  REQUIRE_FALSE(made.has_value());
  return made.error();
}

}  // namespace

TEST_CASE("A missing directory is made for its user alone, and so is the file") {
  const Folder folder;
  const std::string path = folder.path() + "/state/aluvia-connect";
  const auto file = make_usage_file(path);
  REQUIRE(file.has_value());
  CHECK(*file == path + "/usage.sqlite");
  CHECK(mode_of(path) == 0700);
  CHECK(mode_of(*file) == 0600);
  CHECK(make_usage_file(path).has_value());
}

TEST_CASE("A directory that others can write to is rejected with advice") {
  const Folder folder;
  REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
  CHECK(error_of(folder.path()) ==
        "other users may write to " + folder.path() + " (mode 0777); chmod 700 it");
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);  // as StateDirectory= makes it
  CHECK(make_usage_file(folder.path()).has_value());
}

TEST_CASE("What is no directory, or cannot be made, is rejected with the path") {
  const Folder folder;
  std::ofstream(folder.path() + "/file") << "x";
  CHECK(error_of(folder.path() + "/file") == folder.path() + "/file is no directory");
  CHECK(error_of("/proc/nothing/state").find("/proc/nothing/state cannot be written: ") == 0);
}

TEST_CASE("A file that others can read, or that is a link, is rejected") {
  const Folder folder;
  std::ofstream(folder.file()) << "";
  REQUIRE(::chmod(folder.file().c_str(), 0644) == 0);
  CHECK(error_of(folder.path()) == folder.file() + " is open to other users (mode 0644); chmod 600 it");
  REQUIRE(::unlink(folder.file().c_str()) == 0);
  REQUIRE(::symlink("/tmp/elsewhere", folder.file().c_str()) == 0);
  CHECK(error_of(folder.path()) == folder.file() + " is no plain file; move it away");
}

TEST_CASE("A directory of another user is rejected") {
  if (::geteuid() != 0) return;  // only root can give one away
  const Folder folder;
  REQUIRE(::chown(folder.path().c_str(), 12345, 12345) == 0);
  CHECK(error_of(folder.path()) ==
        folder.path() + " belongs to user 12345; give it to user 0, or choose another");
}

TEST_CASE("Where no proxy has made the file, the error says so") {
  const Folder folder;
  const auto file = find_usage_file(folder.path());
  REQUIRE_FALSE(file.has_value());
  CHECK(file.error() == "there is no " + folder.file() + "; a proxy that uses the directory makes it");
}

}  // namespace aluvia::usage::testing
