#include "net/local_listener.hpp"

#include "base/logger.hpp"
#include "net/local_connect.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace aluvia::net {
namespace {

constexpr int backlog = 64;

std::string system_message(int error) {
  return std::system_category().message(error);
}

// Removes what a killed process has left behind; empty, or the reason why `name` cannot be had.
std::string free_name(const PrivateFolder& folder, const std::string& name) {
  using Kind = ConnectError::Kind;
  const auto connected = connect_local(folder, name, std::chrono::seconds::zero());
  if (connected || connected.error().kind == Kind::failed) {
    return fmt::format("another program listens on {}", folder.shown(name));
  }
  if (connected.error().kind == Kind::absent) return {};
  if (connected.error().kind == Kind::unsafe) return connected.error().message;
  if (::unlinkat(folder.descriptor(), name.c_str(), 0) == 0) return {};
  return fmt::format("cannot remove the old socket {}: {}", folder.shown(name), system_message(errno));
}

// The name of the socket until it listens.
std::string first_name(const std::string& name) {
  return name + ".new";
}

// The file gets the mode of the socket, so it is there before anyone can connect. It gets its name last: a
// socket under its final name that rejects connections belongs to a program that has ended, and may be
// removed.
bool bind_and_listen(int descriptor, const PrivateFolder& folder, const std::string& name) {
  const std::string bound = first_name(name);
  const std::string path = path_of(folder.descriptor(), bound);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return ::fchmod(descriptor, 0600) == 0 &&
         ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
         ::listen(descriptor, backlog) == 0 &&
         ::renameat(folder.descriptor(), bound.c_str(), folder.descriptor(), name.c_str()) == 0;
}

}  // namespace

Result<std::unique_ptr<LocalListener>, std::string> LocalListener::open(loop::Loop& loop,
                                                                        const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string name = path.substr(slash + 1);
  auto folder = PrivateFolder::open(path.substr(0, slash), PrivateFolder::IfAbsent::create);
  if (!folder) return Err{std::move(folder.error().message)};
  for (const std::string& one : {name, first_name(name)}) {
    if (auto reason = free_name(*folder, one); !reason.empty()) return Err{std::move(reason)};
  }

  OwnedDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return Err{fmt::format("cannot make a socket: {}", system_message(errno))};
  if (path_of(folder->descriptor(), first_name(name)).size() >= sizeof sockaddr_un::sun_path) {
    return Err{fmt::format("the name {} is too long for a socket", printable(name))};
  }
  if (!bind_and_listen(socket.number(), *folder, name)) {
    return Err{fmt::format("cannot listen on {}: {}", folder->shown(name), system_message(errno))};
  }
  return std::unique_ptr<LocalListener>(
      new LocalListener(Listener::own(loop, socket.release()), std::move(*folder), name));
}

LocalListener::LocalListener(std::unique_ptr<Listener> listener, PrivateFolder folder, std::string name)
    : listener_(std::move(listener)), folder_(std::move(folder)), name_(std::move(name)) {
  struct stat status {};
  if (::fstatat(folder_.descriptor(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return;
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

LocalListener::~LocalListener() {
  close();
}

void LocalListener::close() {
  if (is_closed_) return;
  is_closed_ = true;
  struct stat status {};
  if (::fstatat(folder_.descriptor(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      status.st_dev == device_ && status.st_ino == inode_) {
    ::unlinkat(folder_.descriptor(), name_.c_str(), 0);
  }
  listener_->close();
}

void LocalListener::start(OnAccept on_accept) {
  Listener::Calls calls;
  calls.accepted = [on_accept = std::move(on_accept)](Socket socket) {
    const bool same_user = is_same_user(socket.native_handle());
    on_accept(std::move(socket), same_user);
  };
  listener_->start(std::move(calls));
}

}  // namespace aluvia::net
