#include "net/local_listener.hpp"

#include "base/logger.hpp"

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
constexpr std::chrono::milliseconds trouble_pause{50};

std::string system_message(int error) {
  return std::system_category().message(error);
}

// Empty, or a sentence.
std::string complaint_about_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fmt::format("the folder {} cannot be made: {}", printable(folder), system_message(errno));
  }
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) {
    return fmt::format("the folder {} cannot be looked at: {}", printable(folder), system_message(errno));
  }
  if (!S_ISDIR(status.st_mode)) return fmt::format("{} is not a folder", printable(folder));
  if (status.st_uid != ::geteuid()) return fmt::format("the folder {} is another user's", printable(folder));
  if ((status.st_mode & 077) != 0) {
    return fmt::format("others may enter the folder {}; chmod 700 it", printable(folder));
  }
  return {};
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

// Whether somebody listens there. A full queue counts: it is somebody's.
bool somebody_listens(const std::string& path) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return true;
  const sockaddr_un address = address_of(path);
  const bool connected =
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno != ECONNREFUSED;
  ::close(descriptor);
  return connected;
}

std::string make_room(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) return fmt::format("{} is there and is no socket", printable(path));
  if (somebody_listens(path)) return fmt::format("another program listens on {}", printable(path));
  if (::unlink(path.c_str()) == 0) return {};
  return fmt::format("the old socket {} cannot be removed: {}", printable(path), system_message(errno));
}

bool is_same_user(int descriptor) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

}  // namespace

Result<std::unique_ptr<LocalListener>, std::string> LocalListener::open(Loop& loop, const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return Err{fmt::format("the path {} is too long for a socket", printable(path))};
  }
  if (auto complaint = complaint_about_folder(path.substr(0, path.rfind('/'))); !complaint.empty()) {
    return Err{std::move(complaint)};
  }
  if (auto complaint = make_room(path); !complaint.empty()) return Err{std::move(complaint)};

  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return Err{fmt::format("no socket can be made: {}", system_message(errno))};
  Acceptor acceptor(loop.get_executor(), asio::local::stream_protocol(), descriptor);
  const sockaddr_un address = address_of(path);
  // Nobody can connect before listen(), so the mode is right in time.
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::listen(descriptor, backlog) != 0) {
    return Err{fmt::format("cannot listen on {}: {}", printable(path), system_message(errno))};
  }
  return std::unique_ptr<LocalListener>(new LocalListener(std::move(acceptor), path));
}

LocalListener::LocalListener(Acceptor acceptor, std::string path)
    : acceptor_(std::move(acceptor)), path_(std::move(path)), pause_(acceptor_.get_executor()) {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) != 0) return;
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

LocalListener::~LocalListener() {
  close();
}

void LocalListener::close() {
  if (!acceptor_.is_open()) return;
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
  std::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void LocalListener::start(OnAccept on_accept) {
  on_accept_ = std::move(on_accept);
  wait();
}

// A handler that is queued already can no longer be cancelled: it asks whether the listener is still there.
void LocalListener::wait() {
  acceptor_.async_wait(Acceptor::wait_read, [this, life = std::weak_ptr(life_)](std::error_code error) {
    if (!error && !life.expired()) accept_all();
  });
}

void LocalListener::accept_all() {
  while (acceptor_.is_open()) {
    const int descriptor =
        ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) break;
    const bool same_user = is_same_user(descriptor);
    on_accept_(LocalSocket(acceptor_.get_executor(), asio::local::stream_protocol(), descriptor), same_user);
  }
  if (!acceptor_.is_open()) return;
  if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return wait();
  pause_.expires_after(trouble_pause);
  pause_.async_wait([this, life = std::weak_ptr(life_)](std::error_code error) {
    if (!error && !life.expired() && acceptor_.is_open()) wait();
  });
}

}  // namespace aluvia::net
