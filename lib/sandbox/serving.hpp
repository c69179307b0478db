// Listens and accepts for API, gateway and origin, with or without TLS.
#pragma once

#include "sandbox/task_set.hpp"
#include "sandbox/wire.hpp"

#include <cstdint>
#include <functional>

#include <asio/io_context.hpp>
#include <openssl/ssl.h>

namespace aluvia::sandbox {

/// Listens on 127.0.0.1; port 0 takes a free one. Throws std::system_error, which Sandbox::start() catches.
class Listener {
 public:
  using Serve = std::function<asio::awaitable<void>(Wire&)>;

  /// `tls` is null for plain connections; it must outlive the listener.
  Listener(asio::io_context& context, std::uint16_t port, SSL_CTX* tls);

  std::uint16_t port() const noexcept { return port_; }

  /// Serves every connection in a task of its own, and closes it gracefully when `serve` returns.
  void start(TaskSet& tasks, Serve serve);

 private:
  asio::awaitable<void> accept_all(TaskSet& tasks);
  asio::awaitable<void> serve_one(tcp::socket socket);

  tcp::acceptor acceptor_;
  std::uint16_t port_;
  SSL_CTX* tls_;
  Serve serve_;
};

}  // namespace aluvia::sandbox
