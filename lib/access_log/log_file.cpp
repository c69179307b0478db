#include "access_log/log_file.hpp"

#include "base/logger.hpp"
#include "base/posix.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aluvia::access_log {
namespace {

// Closes a descriptor at the end of a block.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

std::string_view what_to_do(int error) noexcept {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return "; make its folder first";
    case EACCES:
    case EPERM:
      return "; let the user who runs the proxy write to it and to its folder";
    case EISDIR:
      return "; name a file, not a folder";
    case ENXIO:
      return "; start the reader of the pipe first";
    default:
      return "";
  }
}

Err<std::string> unusable(const std::string& path, int error) {
  return Err{fmt::format("{} cannot be opened: {}{}", printable(path), std::generic_category().message(error),
                         what_to_do(error))};
}

Err<std::string> unsafe(const std::string& path, std::string_view reason) {
  return Err{fmt::format("{} {}, and every user may write to its folder; name a file in a folder of your own",
                         printable(path), reason)};
}

}  // namespace

// O_NONBLOCK, because a pipe that is not read must not hold up the writer; regular files ignore it.
Result<LogFile, std::string> LogFile::open(const std::string& path) {
  const std::filesystem::path whole(path);
  const Descriptor folder{
      ::open(whole.has_parent_path() ? whole.parent_path().c_str() : ".", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  struct stat facts {};
  if (folder.number < 0 || ::fstat(folder.number, &facts) != 0) return unusable(path, errno);
  const bool is_shared = (facts.st_mode & S_IWOTH) != 0;
  const std::string name = whole.has_filename() ? whole.filename().string() : ".";
  const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  LogFile file(::openat(folder.number, name.c_str(), flags | (is_shared ? O_NOFOLLOW : 0), 0600));
  if (file.descriptor_ < 0 && errno == ELOOP && is_shared) return unsafe(path, "is a symbolic link");
  if (file.descriptor_ < 0 || ::fstat(file.descriptor_, &facts) != 0) return unusable(path, errno);
  if (is_shared && facts.st_uid != ::geteuid()) return unsafe(path, "belongs to another user");
  return file;
}

LogFile::~LogFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::int64_t LogFile::write(std::string_view text) const noexcept {
  return retry_on_eintr([&] { return ::write(descriptor_, text.data(), text.size()); });
}

}  // namespace aluvia::access_log
