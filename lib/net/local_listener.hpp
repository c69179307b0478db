// A listening Unix socket in the file system that only the user who runs the program can reach.
#pragma once

#include "base/result.hpp"
#include "net/listener.hpp"
#include "net/private_folder.hpp"

#include <functional>
#include <memory>
#include <string>

#include <sys/types.h>

namespace aluvia::net {

/// Loop thread only.
class LocalListener {
 public:
  /// `same_user`: the kernel says that the other end runs as our effective user (SO_PEERCRED).
  using OnAccept = std::function<void(Socket, bool same_user)>;

  /// Binds `path`, whose folder is a PrivateFolder (created where it is missing), with mode 0600. A socket
  /// whose program has ended is replaced; one on which a program listens, and a file that is no socket, stay.
  /// The folder is opened once and used by its descriptor. The socket has its name only once it listens.
  /// The error is one line.
  static Result<std::unique_ptr<LocalListener>, std::string> open(loop::Loop& loop, const std::string& path);
  ~LocalListener();
  LocalListener(const LocalListener&) = delete;
  LocalListener& operator=(const LocalListener&) = delete;

  /// `on_accept` is called on the loop. It may close the listener, but not destroy it.
  void start(OnAccept on_accept);
  /// Removes the socket from the file system, unless another program has replaced it.
  void close();

 private:
  LocalListener(std::unique_ptr<Listener> listener, PrivateFolder folder, std::string name);

  std::unique_ptr<Listener> listener_;
  bool is_closed_ = false;
  PrivateFolder folder_;
  std::string name_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace aluvia::net
