// A listening Unix socket in the file system, for the user who runs the program and nobody else.
#pragma once

#include "base/result.hpp"
#include "loop/asio.hpp"
#include "net/private_folder.hpp"

#include <functional>
#include <memory>
#include <string>

#include <asio/basic_stream_socket.hpp>
#include <asio/local/stream_protocol.hpp>
#include <sys/types.h>

namespace aluvia::net {

using LocalSocket = asio::basic_stream_socket<asio::local::stream_protocol, loop::Executor>;

/// Loop thread only.
class LocalListener {
 public:
  /// `same_user`: the kernel says that the other end runs as our effective user (SO_PEERCRED).
  using OnAccept = std::function<void(LocalSocket, bool same_user)>;

  /// Binds `path`, whose folder is a PrivateFolder (created where it is missing), with mode 0600. A socket
  /// whose program has ended is replaced; one on which a program listens, and a file that is no socket, stay.
  /// The folder is opened once and used by its descriptor. The error is one line.
  static Result<std::unique_ptr<LocalListener>, std::string> open(loop::Loop& loop, const std::string& path);
  ~LocalListener();
  LocalListener(const LocalListener&) = delete;
  LocalListener& operator=(const LocalListener&) = delete;

  /// Called on the loop; it may close the listener, but not destroy it.
  void start(OnAccept on_accept);
  /// Removes the socket from the file system, unless it has become somebody else's.
  void close();

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::local::stream_protocol, loop::Executor>;
  LocalListener(Acceptor acceptor, PrivateFolder folder, std::string name);
  void wait();
  void accept_all();

  Acceptor acceptor_;
  PrivateFolder folder_;
  std::string name_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  loop::Timer pause_;
  OnAccept on_accept_;
  std::shared_ptr<const bool> life_ = std::make_shared<const bool>(true);
};

}  // namespace aluvia::net
