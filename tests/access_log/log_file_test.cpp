// Tests which files a LogFile opens, and with what rights.
#include "access_log/log_file.hpp"

#include "fixture.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace aluvia::access_log;
using namespace aluvia::access_log::testing;

namespace {

std::string error_of(const std::string& path) {
  const auto file = LogFile::open(path);
  REQUIRE_FALSE(file);
  return file.error();
}

mode_t mode_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 07777;
}

}  // namespace

TEST_CASE("A new file is for its user only, and an old one is appended to and keeps its mode") {
  const Folder folder;
  const std::string path = folder.at("access.log");
  CHECK(LogFile::open(path)->write("a\n") == 2);
  CHECK(mode_of(path) == 0600);
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  CHECK(LogFile::open(path)->write("b\n") == 2);
  CHECK(read_file(path) == "a\nb\n");
  CHECK(mode_of(path) == 0640);
}

TEST_CASE("An error names the file, the reason and the remedy") {
  const Folder folder;
  CHECK(error_of(folder.at("none/a.log")) ==
        folder.at("none/a.log") + " cannot be opened: No such file or directory; make its folder first");
  CHECK(error_of(folder.path()).ends_with("Is a directory; name a file, not a folder"));
  CHECK(error_of(folder.path() + "/").ends_with("Is a directory; name a file, not a folder"));
  const std::string pipe = folder.at("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(error_of(pipe).ends_with("start the reader of the pipe first"));
}

TEST_CASE("In a folder of the user a symbolic link is followed, in a shared one it is rejected") {
  const Folder folder;
  const std::string link = folder.at("link");
  REQUIRE(::symlink(folder.at("target").c_str(), link.c_str()) == 0);
  CHECK(LogFile::open(link)->write("a\n") == 2);
  CHECK(read_file(folder.at("target")) == "a\n");
  REQUIRE(::chmod(folder.path().c_str(), 01777) == 0);
  CHECK(error_of(link).starts_with(link + " is a symbolic link, and every user may write to its folder"));
}

TEST_CASE("In a shared folder a file of another user is rejected") {
  if (::geteuid() != 0) return;  // only root can make one
  const Folder folder;
  const std::string path = folder.at("a.log");
  CHECK(LogFile::open(path).has_value());
  REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
  CHECK(LogFile::open(path).has_value());
  REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
  CHECK(error_of(path).starts_with(path + " belongs to another user"));
}

TEST_CASE("A full device and a full pipe are errors that tell them apart") {
  CHECK(LogFile::open("/dev/full")->write("a\n") == -1);
  CHECK(errno == ENOSPC);
  const Folder folder;
  const std::string path = folder.at("pipe");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  const auto file = LogFile::open(path);
  const std::string much(4096, 'x');
  while (file->write(much) > 0) {
  }
  CHECK(errno == EAGAIN);
  ::close(reader);
}
