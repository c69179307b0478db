// Connects to a Unix socket in a private folder of this user: checks the socket file, and asks the kernel
// which user's process listens.
#pragma once

#include "base/result.hpp"
#include "net/owned_descriptor.hpp"
#include "net/private_folder.hpp"

#include <chrono>
#include <optional>
#include <string>

#include <sys/socket.h>

namespace aluvia::net {

struct LocalConnection {
  OwnedDescriptor socket;
  pid_t process = 0;  ///< of the program that listens; 0 where it runs in another PID namespace
};

struct ConnectError {
  enum class Kind {
    absent,  ///< no such file
    dead,    ///< the program that made the socket has ended
    unsafe,  ///< a link, no socket, or another user's file or process
    failed,  ///< the system reports an error; a full queue is one, so a program listens
  };
  Kind kind = Kind::failed;
  std::string message;  ///< "cannot use the socket PATH: REASON"
};

/// Connects to the socket `name` of `folder`, follows no link, and refuses a process that runs as another
/// user than our effective one. `patience` bounds each later send and receive, and the wait for a place in
/// the queue; zero gives a non-blocking socket that does not wait for one.
Result<LocalConnection, ConnectError> connect_local(const PrivateFolder& folder, const std::string& name,
                                                    std::chrono::seconds patience);

/// The credentials of the other end of a connected Unix socket (SO_PEERCRED); nothing where the kernel has
/// none.
std::optional<ucred> peer_credentials(int socket) noexcept;
/// The other end runs as our effective user.
bool is_same_user(int socket) noexcept;

}  // namespace aluvia::net
