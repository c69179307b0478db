#include "net/local_connect.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace aluvia::net {
namespace {

using Kind = ConnectError::Kind;

Kind kind_of(int error) noexcept {
  if (error == ENOENT) return Kind::absent;
  return error == ECONNREFUSED ? Kind::dead : Kind::failed;
}

Result<LocalConnection, ConnectError> fault(Kind kind, const std::string& path, std::string_view reason) {
  return Err{ConnectError{kind, fmt::format("cannot use the socket {}: {}", path, reason)}};
}

Result<LocalConnection, ConnectError> system_fault(const std::string& path) {
  const int error = errno;
  return fault(kind_of(error), path, std::generic_category().message(error));
}

// Empty, or the reason why the file is not a socket of ours.
std::string unsafe_reason(const struct stat& status) {
  if (S_ISLNK(status.st_mode)) return "it is a symbolic link";
  if (!S_ISSOCK(status.st_mode)) return "it is no socket";
  if (status.st_uid != ::geteuid()) return fmt::format("it belongs to user {}, not to you", status.st_uid);
  return {};
}

// The file stays open while it is connected to, so that its name may change meanwhile.
int connect_to(int socket, int file) noexcept {
  const std::string path = path_of(file);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

void set_patience(int socket, std::chrono::seconds patience) noexcept {
  const timeval time{patience.count(), 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

}  // namespace

Result<LocalConnection, ConnectError> connect_local(const PrivateFolder& folder, const std::string& name,
                                                    std::chrono::seconds patience) {
  const std::string shown = folder.shown(name);
  const OwnedDescriptor file(::openat(folder.descriptor(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.number(), &status) != 0) return system_fault(shown);
  if (const auto reason = unsafe_reason(status); !reason.empty()) return fault(Kind::unsafe, shown, reason);

  const int mode = patience == std::chrono::seconds::zero() ? SOCK_NONBLOCK : 0;
  OwnedDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | mode, 0));
  if (!socket) return system_fault(shown);
  set_patience(socket.number(), patience);
  if (connect_to(socket.number(), file.number()) != 0) return system_fault(shown);
  const auto peer = peer_credentials(socket.number());
  if (!peer) return fault(Kind::unsafe, shown, "the kernel does not say whose process answers there");
  if (peer->uid != ::geteuid()) {
    return fault(Kind::unsafe, shown,
                 fmt::format("a process of user {} answers there, not yours", peer->uid));
  }
  return LocalConnection{std::move(socket), peer->pid};
}

std::optional<ucred> peer_credentials(int socket) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known = ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && size == sizeof peer;
  return known ? std::optional(peer) : std::nullopt;
}

bool is_same_user(int socket) noexcept {
  const auto peer = peer_credentials(socket);
  return peer && peer->uid == ::geteuid();
}

}  // namespace aluvia::net
