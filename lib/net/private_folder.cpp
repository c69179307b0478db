#include "net/private_folder.hpp"

#include "base/logger.hpp"

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace aluvia::net {
namespace {

using Kind = FolderError::Kind;

FolderError fault(Kind kind, const std::string& path, std::string_view reason) {
  return {kind, fmt::format("cannot use the folder {}: {}", printable(path), reason)};
}

FolderError system_fault(const std::string& path) {
  return fault(errno == ENOENT ? Kind::absent : Kind::failed, path, std::generic_category().message(errno));
}

// Empty, or the reason why the folder is not safe.
std::string unsafe_reason(const struct stat& status) {
  if (S_ISLNK(status.st_mode)) return "it is a symbolic link";
  if (!S_ISDIR(status.st_mode)) return "it is not a folder";
  if (status.st_uid != ::geteuid()) return fmt::format("it belongs to user {}, not to you", status.st_uid);
  if ((status.st_mode & 077) != 0) {
    return fmt::format("other users may enter it (mode {:04o}); chmod 700 it", status.st_mode & 07777);
  }
  return {};
}

}  // namespace

// O_PATH first: it opens anything without side effects, also what may not be read, so that the reason is
// known.
Result<PrivateFolder, FolderError> PrivateFolder::open(const std::string& path, IfAbsent if_absent) {
  if (if_absent == IfAbsent::create && ::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return Err{system_fault(path)};
  }
  OwnedDescriptor descriptor(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!descriptor || ::fstat(descriptor.number(), &status) != 0) return Err{system_fault(path)};
  if (const auto reason = unsafe_reason(status); !reason.empty()) {
    return Err{fault(Kind::unsafe, path, reason)};
  }
  return PrivateFolder(path, std::move(descriptor));
}

std::string PrivateFolder::shown(std::string_view name) const {
  return printable(path_) + '/' + printable(name);
}

std::vector<std::string> PrivateFolder::names() const {
  std::vector<std::string> out;
  OwnedDescriptor readable(::openat(descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!readable) return out;
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(readable.number()), &::closedir);
  if (!listing) return out;
  readable.release();  // closedir() closes it
  while (const dirent* const entry = ::readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") out.emplace_back(name);
  }
  return out;
}

std::string path_of(int descriptor, std::string_view name) {
  return fmt::format("/proc/self/fd/{}{}{}", descriptor, name.empty() ? "" : "/", name);
}

}  // namespace aluvia::net
