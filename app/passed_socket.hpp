// Takes the listening socket that a service manager has opened for this process (socket activation,
// sd_listen_fds(3)). The manager keeps it open across restarts, so that no client meets a closed port.
#pragma once

#include "base/result.hpp"

#include <string>
#include <utility>

namespace aluvia::app {

/// Owns its descriptor, or none. Destruction closes it without a shutdown: the next process accepts the
/// waiting connections.
class PassedSocket {
 public:
  /// Reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES and removes them from the environment. Must be called
  /// before other threads run. Returns the listening TCP socket, which no child inherits, or none if the
  /// variables are not for this process. The error is one line with the passed object and the remedy. `first`
  /// is the first passed descriptor.
  static Result<PassedSocket, std::string> take(int first = 3);

  PassedSocket() = default;
  explicit PassedSocket(int descriptor) : descriptor_(descriptor) {}
  PassedSocket(PassedSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  PassedSocket& operator=(PassedSocket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~PassedSocket();

  int descriptor() const noexcept { return descriptor_; }  ///< -1: none

 private:
  int descriptor_ = -1;
};

}  // namespace aluvia::app
