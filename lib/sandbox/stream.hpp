// Stream: one connection, plain or TLS, with the operations that Asio's TLS stream lacks: half-close, reset,
// and waiting for the peer without reading.
//
// OpenSSL writes to the descriptor itself, so the sandbox's thread keeps SIGPIPE blocked.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <openssl/ssl.h>

namespace aluvia::sandbox {

using asio::ip::tcp;

/// `error` is asio::error::eof at the orderly end (FIN or close_notify). Has a constructor because GCC 12
/// destroys aggregate temporaries of a co_await expression twice.
struct IoResult {
  IoResult(std::error_code e, std::size_t n) : error(e), bytes(n) {}
  std::error_code error;
  std::size_t bytes;
};

/// The state of the peer: bytes to read, the orderly end, or a broken connection.
enum class Arrival { data, end, broken };

/// Loop thread only. One reader and one writer at the same time are fine. Destruction closes.
class Stream {
 public:
  explicit Stream(tcp::socket socket);

  /// Serves a TLS handshake; false if the peer does not complete it.
  asio::awaitable<bool> accept_tls(SSL_CTX* context);

  /// Returns true if the client's TLS handshake was a short one, with a session of an earlier connection.
  bool has_resumed() const noexcept { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }

  asio::awaitable<IoResult> read_some(std::span<char> buffer);
  /// Writes all of `bytes`, which must stay valid until it returns.
  asio::awaitable<std::error_code> write(std::string_view bytes);

  /// Waits until a read would return at once. Reads nothing.
  asio::awaitable<Arrival> wait_for_input();
  /// Returns true if a quiet connection is still usable: no byte and no end is waiting. Does not block.
  bool is_quiet() noexcept;

  /// Ends the sandbox's direction only (close_notify and FIN).
  asio::awaitable<void> shutdown_send();
  void close() noexcept;
  /// Ends the connection with RST.
  void reset() noexcept;

  const tcp::socket& socket() const noexcept { return socket_; }

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };

  asio::awaitable<std::error_code> wait_ssl(int result);
  asio::awaitable<void> give_way();

  tcp::socket socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  unsigned turns_ = 0;
};

}  // namespace aluvia::sandbox
