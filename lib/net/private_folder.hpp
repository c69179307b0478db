// A directory that only this user can enter, held by a descriptor. In a shared place such as /tmp another
// user may create, link or swap anything at a path; a checked descriptor always names the same directory.
#pragma once

#include "base/result.hpp"
#include "net/owned_descriptor.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aluvia::net {

struct FolderError {
  enum class Kind {
    absent,  ///< nothing stands at the path
    unsafe,  ///< a link, no directory, another user's, or open to other users
    failed,  ///< the system reports an error
  };
  Kind kind = Kind::failed;
  std::string message;  ///< "cannot use the folder PATH: REASON"
};

/// Blocking, but for local file systems short: for startup and for commands.
class PrivateFolder {
 public:
  enum class IfAbsent { fail, create };

  /// Opens `path`: a real directory (no symbolic link) of the effective user that no other user may enter
  /// (mode 0700 or less). Its parent may be anything. A missing one is created with mode 0700 where asked.
  static Result<PrivateFolder, FolderError> open(const std::string& path, IfAbsent if_absent);

  /// An O_PATH descriptor for the functions that end in "at", valid as long as this object.
  int descriptor() const noexcept { return descriptor_.number(); }
  /// As given to open(), for messages only.
  const std::string& path() const noexcept { return path_; }
  /// "PATH/NAME", for messages only.
  std::string shown(std::string_view name) const;
  /// The names in it but "." and "..", in no order; none where it cannot be read.
  std::vector<std::string> names() const;

 private:
  PrivateFolder(std::string path, OwnedDescriptor descriptor)
      : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  std::string path_;
  OwnedDescriptor descriptor_;
};

/// A path to what an open descriptor refers to, for calls that take no descriptor (bind, connect); with
/// `name` an entry of that directory. Short enough for a socket address.
std::string path_of(int descriptor, std::string_view name = {});

}  // namespace aluvia::net
