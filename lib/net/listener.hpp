// The listening socket: accepts as long as it lives, survives a lack of descriptors.
#pragma once

#include "base/result.hpp"
#include "net/deadline.hpp"
#include "net/socket.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace aluvia::net {

/// Loop thread only. Accepted sockets are non-blocking, close-on-exec, TCP_NODELAY.
/// Where a listening socket listens; an error where `descriptor` is none of TCP.
Result<Endpoint> listening_endpoint(int descriptor);

class Listener final : private Waiter {
 public:
  using OnAccept = std::function<void(Socket)>;
  /// An accept failed and is tried again a moment later; told once until one succeeds.
  using OnTrouble = std::function<void(std::error_code)>;

  /// Binds and listens on `address:port` (0: a free port); accepts nothing before start().
  static Result<std::unique_ptr<Listener>> open(Loop& loop, const Address& address, std::uint16_t port);

  /// Accepts on a duplicate of `descriptor`, a listening TCP socket that stays the caller's. What nobody has
  /// accepted when this one is closed waits for whoever accepts on another duplicate.
  static Result<std::unique_ptr<Listener>> adopt(Loop& loop, int descriptor);

  ~Listener() { close(); }

  /// Both are called on the loop. They may close the listener, but not destroy it.
  void start(OnAccept on_accept, OnTrouble on_trouble);
  void close();
  /// Port 0 once it is closed.
  Endpoint local_endpoint() const;

 private:
  explicit Listener(Socket socket);
  void on_ready(std::error_code error) override;
  void accept_some();
  bool accept_one();
  void pause();

  std::optional<Socket> socket_;
  std::optional<Deadline> pause_;
  OnAccept on_accept_;
  OnTrouble on_trouble_;
  bool in_trouble_ = false;
};

}  // namespace aluvia::net
