// The folder of control sockets, as the commands use it: opened and checked once, then used by its
// descriptor.
#pragma once

#include "base/result.hpp"
#include "net/local_connect.hpp"
#include "net/private_folder.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace aluvia::admin {

class ControlFolder {
 public:
  /// The folder of this user and environment (socket_folder()). Nothing is created.
  static Result<ControlFolder, net::FolderError> open();
  /// The folder of another environment; it must be one of this user.
  static Result<ControlFolder, net::FolderError> open(const std::string& path);

  const std::string& path() const noexcept { return folder_.path(); }

  /// The ports whose sockets stand in it, ascending. A killed proxy's socket stays until another proxy
  /// starts, so one may be dead.
  std::vector<std::uint16_t> ports() const;

  /// Connects to the socket of the proxy on `port`. Every send and receive waits `patience` at most.
  Result<net::LocalConnection, net::ConnectError> connect(std::uint16_t port,
                                                          std::chrono::seconds patience) const;

  /// Removes the sockets of proxies that were killed, of a few hundred at most: a start must not take longer
  /// because thousands were.
  void remove_dead() const;

 private:
  explicit ControlFolder(net::PrivateFolder folder) : folder_(std::move(folder)) {}

  net::PrivateFolder folder_;
};

}  // namespace aluvia::admin
