#include "sandbox/serving.hpp"

#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

namespace aluvia::sandbox {

Listener::Listener(asio::io_context& context, std::uint16_t port, SSL_CTX* tls)
    : acceptor_(context, tcp::endpoint(asio::ip::address_v4::loopback(), port)),
      port_(acceptor_.local_endpoint().port()),
      tls_(tls) {}

void Listener::start(TaskSet& tasks, Serve serve) {
  serve_ = std::move(serve);
  tasks.spawn(accept_all(tasks));
}

asio::awaitable<void> Listener::accept_all(TaskSet& tasks) {
  for (;;) {
    std::error_code error;
    tcp::socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      // Most likely no descriptor is left; connections that end free some.
      co_await pause(std::chrono::milliseconds(10));
    } else {
      tasks.spawn(serve_one(std::move(socket)));
    }
  }
}

asio::awaitable<void> Listener::serve_one(tcp::socket socket) {
  Wire wire(std::move(socket));
  if (tls_) {
    const bool secured = co_await wire.stream().accept_tls(tls_);
    if (!secured) co_return;
  }
  co_await serve_(wire);
  co_await wire.end_gently();
}

}  // namespace aluvia::sandbox
