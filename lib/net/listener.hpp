// A listening socket that accepts connections until it is closed. When the process has no descriptor left, a
// reserved one accepts each connection just long enough for an answer, so that no client waits in the queue.
#pragma once

#include "base/result.hpp"
#include "loop/deadline.hpp"
#include "net/endpoint.hpp"
#include "net/reserve_descriptor.hpp"
#include "net/socket.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace aluvia::net {

/// Where a listening socket listens; an error where `descriptor` is none of TCP.
Result<Endpoint> listening_endpoint(int descriptor);

/// Returns why nothing can listen on `address:port` now, or no error. Binds a socket without listening, so
/// that no client connects meanwhile. A port that is free now may be taken a moment later.
std::error_code bind_error(const Address& address, std::uint16_t port);

/// Loop thread only. Accepted sockets are non-blocking, close-on-exec, TCP_NODELAY and kept alive.
class Listener final : private loop::Waiter {
 public:
  using OnAccept = std::function<void(Socket)>;
  /// The process or the system has no descriptor or socket memory left (EMFILE, ENFILE, ENOBUFS, ENOMEM).
  /// Called once until an accept succeeds again.
  using OnTrouble = std::function<void(std::error_code)>;

  struct Calls {
    OnAccept accepted;
    /// The socket uses the reserved descriptor: destroy it before the call returns. Empty: connections wait
    /// in the queue until a descriptor is free.
    OnAccept refused;
    OnTrouble trouble;  ///< may be empty
  };

  /// Binds and listens on `address:port` (0: a free port); accepts nothing before start().
  static Result<std::unique_ptr<Listener>> open(loop::Loop& loop, const Address& address, std::uint16_t port);

  /// Accepts on a duplicate of `descriptor`, a listening TCP socket that stays the caller's.
  /// Connections that are not accepted when this one closes wait for the holder of another duplicate.
  static Result<std::unique_ptr<Listener>> adopt(loop::Loop& loop, int descriptor);

  /// Accepts on `descriptor`, a non-blocking listening socket of any family, and owns it.
  static std::unique_ptr<Listener> own(loop::Loop& loop, int descriptor);

  ~Listener() override { close(); }

  /// The calls come on the loop. They may close the listener, but not destroy it.
  void start(Calls calls);
  /// Accepts the connections that wait in the queue, which closing would reset, and closes. Those of an
  /// adopted socket wait for the next process that accepts on it.
  void finish();
  void close();
  /// Port 0 once it is closed.
  Endpoint local_endpoint() const;

 private:
  explicit Listener(Socket socket);
  void on_event(std::error_code error) override;
  void accept_some();
  bool accept_one();
  bool refuse_one();
  void tell_trouble(int error);
  void pause();

  std::optional<Socket> socket_;
  std::optional<loop::Deadline> pause_;
  ReserveDescriptor reserve_;
  Calls calls_;
  bool in_trouble_ = false;
  bool is_adopted_ = false;
};

}  // namespace aluvia::net
