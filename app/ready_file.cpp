#include "ready_file.hpp"

#include "base/logger.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

std::string unwritable(const std::string& path) {
  return fmt::format("{} cannot be written: {}", printable(path), std::generic_category().message(errno));
}

}  // namespace

Result<std::unique_ptr<ReadyFile>, std::string> ReadyFile::write(const std::string& path,
                                                                 std::string_view text) {
  const std::string beside = fmt::format("{}.{}", path, ::getpid());
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return Err{unwritable(path)};
  struct stat status {};
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fstat(file, &status) == 0;
  ::close(file);
  if (written && ::rename(beside.c_str(), path.c_str()) == 0) {
    return std::unique_ptr<ReadyFile>(new ReadyFile(path, status.st_dev, status.st_ino));
  }
  auto why = unwritable(path);
  ::unlink(beside.c_str());
  return Err{std::move(why)};
}

ReadyFile::~ReadyFile() {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) != 0) return;
  if (status.st_dev == device_ && status.st_ino == inode_) ::unlink(path_.c_str());
}

}  // namespace aluvia::app
