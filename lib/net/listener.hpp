// The listening socket: accepts as long as it lives. Without a descriptor left it still lets nobody wait in
// the queue: one held in reserve takes each connection just long enough to tell it so.
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

/// Loop thread only. Accepted sockets are non-blocking, close-on-exec, TCP_NODELAY and kept alive.
class Listener final : private loop::Waiter {
 public:
  using OnAccept = std::function<void(Socket)>;
  /// The process or the system has no descriptor left. Told once until an accept succeeds; other faults of
  /// accepting (ENOMEM, …) likewise.
  using OnTrouble = std::function<void(std::error_code)>;

  struct Calls {
    OnAccept accepted;
    /// The socket has the descriptor that was held in reserve: to be destroyed before the call returns.
    OnAccept refused;
    OnTrouble trouble;
  };

  /// Binds and listens on `address:port` (0: a free port); accepts nothing before start().
  static Result<std::unique_ptr<Listener>> open(loop::Loop& loop, const Address& address, std::uint16_t port);

  /// Accepts on a duplicate of `descriptor`, a listening TCP socket that stays the caller's. What nobody has
  /// accepted when this one is closed waits for whoever accepts on another duplicate.
  static Result<std::unique_ptr<Listener>> adopt(loop::Loop& loop, int descriptor);

  ~Listener() override { close(); }

  /// All are called on the loop. They may close the listener, but not destroy it. `accepted` and `refused`
  /// must be there.
  void start(Calls calls);
  /// Closes, but first accepts those who have connected by now: a close would reset them. Those of an adopted
  /// socket wait for the next who accepts on it.
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
