#include "usage/state_folder.hpp"

#include "base/logger.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aluvia::usage {
namespace {

constexpr const char* file_name = "usage.sqlite";

std::string system_reason() {
  return std::generic_category().message(errno);
}

// Empty, or the reason why the sums are not safe there: they are browsing history.
std::string folder_error(const std::string& directory) {
  const std::string name = printable(directory);
  struct stat facts {};
  if (::stat(directory.c_str(), &facts) != 0) return fmt::format("{}: {}", name, system_reason());
  if (!S_ISDIR(facts.st_mode)) return fmt::format("{} is no directory", name);
  if (facts.st_uid != ::geteuid())
    return fmt::format("{} belongs to user {}; give it to user {}, or choose another", name, facts.st_uid,
                       ::geteuid());
  if ((facts.st_mode & 022) != 0)
    return fmt::format("other users may write to {} (mode {:04o}); chmod 700 it", name,
                       facts.st_mode & 07777);
  return {};
}

std::string file_error(const std::string& path) {
  const std::string name = printable(path);
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) return fmt::format("{}: {}", name, system_reason());
  if (!S_ISREG(facts.st_mode)) return fmt::format("{} is no plain file; move it away", name);
  if (facts.st_uid != ::geteuid())
    return fmt::format("{} belongs to user {}; move it away", name, facts.st_uid);
  if ((facts.st_mode & 077) != 0)
    return fmt::format("{} is open to other users (mode {:04o}); chmod 600 it", name, facts.st_mode & 07777);
  return {};
}

Result<std::string, std::string> cannot_write(const std::string& path) {
  return Err{fmt::format("{} cannot be written: {}; choose a directory that this user can write to",
                         printable(path), system_reason())};
}

}  // namespace

Result<std::string, std::string> make_usage_file(const std::string& directory) {
  std::error_code ignored;  // mkdir() reports what matters
  std::filesystem::create_directories(std::filesystem::path(directory).parent_path(), ignored);
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return cannot_write(directory);
  if (auto error = folder_error(directory); !error.empty()) return Err{std::move(error)};
  const std::string path = directory + '/' + file_name;
  const int made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0 && errno != EEXIST) return cannot_write(path);
  if (made >= 0) ::close(made);
  if (auto error = file_error(path); !error.empty()) return Err{std::move(error)};
  // SQLite writes its journal beside the file.
  if (::access(directory.c_str(), W_OK) != 0) return cannot_write(directory);
  if (::access(path.c_str(), W_OK) != 0) return cannot_write(path);
  return path;
}

Result<std::string, std::string> find_usage_file(const std::string& directory) {
  const std::string path = directory + '/' + file_name;
  if (::access(path.c_str(), R_OK) == 0) return path;
  if (errno == ENOENT)
    return Err{fmt::format("there is no {}; a proxy that uses the directory makes it", printable(path))};
  return Err{fmt::format("{} cannot be read: {}", printable(path), system_reason())};
}

// The journal goes with its file: it must not be played back into a new one.
Result<std::string, std::string> move_aside(const std::string& file) {
  const std::string aside = file + ".damaged";
  if (std::rename(file.c_str(), aside.c_str()) != 0) return Err{system_reason()};
  if (std::rename((file + "-journal").c_str(), (aside + "-journal").c_str()) != 0 && errno != ENOENT)
    return Err{system_reason()};
  return aside;
}

}  // namespace aluvia::usage
