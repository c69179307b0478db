#include "sandbox/stream.hpp"

#include <cerrno>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <openssl/err.h>
#include <sys/socket.h>

namespace aluvia::sandbox {
namespace {

auto into(std::error_code& error) {
  return asio::redirect_error(asio::use_awaitable, error);
}

Arrival peek_plain(int descriptor, bool& would_block) noexcept {
  char byte = 0;
  const auto count = ::recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  would_block = count < 0 && (errno == EAGAIN || errno == EINTR);
  if (count > 0) return Arrival::data;
  return count == 0 ? Arrival::end : Arrival::broken;
}

}  // namespace

Stream::Stream(tcp::socket socket) : socket_(std::move(socket)) {
  std::error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
}

asio::awaitable<bool> Stream::accept_tls(SSL_CTX* context) {
  std::error_code error;
  socket_.native_non_blocking(true, error);
  ssl_.reset(SSL_new(context));
  if (error || !ssl_ || SSL_set_fd(ssl_.get(), socket_.native_handle()) != 1) co_return false;
  for (;;) {
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    if (result == 1) co_return true;
    const std::error_code failed = co_await wait_ssl(result);
    if (failed) co_return false;
  }
}

// Suspends until OpenSSL can go on; an error means that it never can.
asio::awaitable<std::error_code> Stream::wait_ssl(int result) {
  std::error_code error;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      co_await socket_.async_wait(tcp::socket::wait_read, into(error));
      break;
    case SSL_ERROR_WANT_WRITE:
      co_await socket_.async_wait(tcp::socket::wait_write, into(error));
      break;
    case SSL_ERROR_ZERO_RETURN:
      error = asio::error::eof;
      break;
    default:
      error = asio::error::connection_reset;
  }
  co_return error;
}

// TLS data that is always ready would let one pump occupy the loop.
asio::awaitable<void> Stream::give_way() {
  if (++turns_ % 16 == 0) co_await asio::post(asio::use_awaitable);
}

asio::awaitable<IoResult> Stream::read_some(std::span<char> buffer) {
  std::error_code error;
  std::size_t count = 0;
  if (!ssl_) {
    count = co_await socket_.async_read_some(asio::buffer(buffer.data(), buffer.size()), into(error));
    co_return IoResult(error, count);
  }
  co_await give_way();
  while (!error && socket_.is_open()) {
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count);
    if (result == 1) co_return IoResult(error, count);
    error = co_await wait_ssl(result);
  }
  if (!error) error = asio::error::operation_aborted;
  co_return IoResult(error, 0);
}

asio::awaitable<std::error_code> Stream::write(std::string_view bytes) {
  std::error_code error;
  if (!ssl_) {
    co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), into(error));
    co_return error;
  }
  while (!bytes.empty() && !error) {
    if (!socket_.is_open()) co_return asio::error::operation_aborted;
    std::size_t count = 0;
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    if (result == 1) {
      bytes.remove_prefix(count);
      co_await give_way();
    } else {
      error = co_await wait_ssl(result);
    }
  }
  co_return error;
}

asio::awaitable<Arrival> Stream::wait_for_input() {
  for (;;) {
    bool would_block = false;
    const Arrival arrival = peek_plain(socket_.native_handle(), would_block);
    if (!would_block && !ssl_) co_return arrival;
    std::error_code error;
    if (!would_block) {
      char byte = 0;
      std::size_t count = 0;
      ERR_clear_error();
      const int result = SSL_peek_ex(ssl_.get(), &byte, 1, &count);
      if (result == 1) co_return Arrival::data;
      error = co_await wait_ssl(result);
    } else {
      co_await socket_.async_wait(tcp::socket::wait_read, into(error));
    }
    if (error == asio::error::eof) co_return Arrival::end;
    if (error || !socket_.is_open()) co_return Arrival::broken;
  }
}

bool Stream::is_quiet() noexcept {
  bool would_block = false;
  if (!socket_.is_open() || (ssl_ && SSL_has_pending(ssl_.get()) == 1)) return false;
  peek_plain(socket_.native_handle(), would_block);
  return would_block;
}

asio::awaitable<void> Stream::shutdown_send() {
  if (!socket_.is_open()) co_return;
  // 0 means that close_notify was sent and the peer's has not come: a half-close.
  while (ssl_ && SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    const int result = SSL_shutdown(ssl_.get());
    if (result >= 0 || SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_WRITE) break;
    const std::error_code failed = co_await wait_ssl(result);
    if (failed || !socket_.is_open()) co_return;
  }
  std::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void Stream::close() noexcept {
  std::error_code ignored;
  socket_.close(ignored);
}

void Stream::reset() noexcept {
  std::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace aluvia::sandbox
