#include "ready_file.hpp"

#include "base/logger.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

std::string unwritable(const std::string& path) {
  return fmt::format("{} cannot be written: {}", printable(path), std::generic_category().message(errno));
}

// Another user of a shared folder must not be able to take the name first.
std::string unguessable_name() {
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random)
    random = static_cast<std::uint64_t>(::getpid());
  return fmt::format(".aluvia-connect.{:016x}", random);
}

bool is_same_file(int folder, const std::string& name, int file) noexcept {
  struct stat named {};
  struct stat ours {};
  return ::fstatat(folder, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 && ::fstat(file, &ours) == 0 &&
         named.st_dev == ours.st_dev && named.st_ino == ours.st_ino;
}

}  // namespace

Result<std::unique_ptr<ReadyFile>, std::string> ReadyFile::write(const std::string& path,
                                                                 std::string_view text) {
  const std::filesystem::path whole(path);
  const std::string name = whole.filename();
  const std::string beside = unguessable_name();
  FileDescriptor folder(
      ::open(whole.has_parent_path() ? whole.parent_path().c_str() : ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return Err{unwritable(path)};
  FileDescriptor file(
      ::openat(folder.number(), beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file) return Err{unwritable(path)};
  const bool written =
      ::write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::renameat(folder.number(), beside.c_str(), folder.number(), name.c_str()) == 0;
  if (written) {
    return std::unique_ptr<ReadyFile>(new ReadyFile(std::move(folder), std::move(file), name));
  }
  auto why = unwritable(path);
  ::unlinkat(folder.number(), beside.c_str(), 0);
  return Err{std::move(why)};
}

ReadyFile::~ReadyFile() {
  if (is_same_file(folder_.number(), name_, file_.number())) ::unlinkat(folder_.number(), name_.c_str(), 0);
}

}  // namespace aluvia::app
