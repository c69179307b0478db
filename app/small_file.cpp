#include "small_file.hpp"

#include "base/logger.hpp"
#include "base/number.hpp"
#include "base/posix.hpp"
#include "file_descriptor.hpp"

#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

// Returns the remedy for an errno. Gives the user's number, because in a container the user often has no
// name.
std::string what_to_do(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return "; check its name";
    case EACCES:
      return fmt::format("; let the user who runs the proxy read it (user {})", ::geteuid());
    case EISDIR:
      return "; name a file, not a folder";
    default:
      return "";
  }
}

mode_t mode_of(int file) noexcept {
  struct stat status {};
  return ::fstat(file, &status) == 0 ? status.st_mode : 0;
}

std::string unreadable(const std::string& path) {
  const int error = errno;
  return fmt::format("{} cannot be read: {}{}", printable(path), std::generic_category().message(error),
                     what_to_do(error));
}

// Returns N for /dev/fd/N.
std::optional<unsigned> descriptor_in(std::string_view path) {
  constexpr std::string_view folder = "/dev/fd/";
  return path.starts_with(folder) ? parse_number<unsigned>(path.substr(folder.size())) : std::nullopt;
}

// Opens a file to read it. A socket cannot be opened by its path (ENXIO), and Node's pipes to a child are
// sockets, so a descriptor that is one is duplicated.
FileDescriptor opened(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file || errno != ENXIO) return file;
  const auto number = descriptor_in(path);
  return number ? FileDescriptor(::fcntl(static_cast<int>(*number), F_DUPFD_CLOEXEC, 0)) : std::move(file);
}

}  // namespace

Result<SmallFile, std::string> read_small_file(const std::string& path, std::size_t limit) {
  const FileDescriptor file = opened(path);
  if (!file) return Err{unreadable(path)};
  SecretString text(limit + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got =
        retry_on_eintr([&] { return ::read(file.number(), text.data() + size, text.size() - size); });
    if (got == 0) break;
    if (got < 0) return Err{unreadable(path)};
    size += static_cast<std::size_t>(got);
  }
  if (size > limit) return Err{fmt::format("{} is longer than {} bytes", printable(path), limit)};
  text.resize(size);
  const mode_t mode = mode_of(file.number());
  return SmallFile{std::move(text), S_ISREG(mode) && (mode & S_IROTH) != 0, S_ISFIFO(mode) || S_ISSOCK(mode)};
}

std::string readable_by_all_warning(const std::string& path) {
  return fmt::format("every user of this machine may read {}; chmod 600 it", printable(path));
}

}  // namespace aluvia::app
