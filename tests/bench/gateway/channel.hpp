// One end of a connection to the gateway: a TCP stream, or TLS over it, with the same two operations.
#pragma once

#include "base/stream.hpp"

#include <memory>
#include <span>
#include <string_view>

#include <openssl/ssl.h>

namespace aluvia::bench {

struct SslFree {
  void operator()(SSL* ssl) const { ::SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
};
using SslPtr = std::unique_ptr<SSL, SslFree>;
using SslContextPtr = std::unique_ptr<SSL_CTX, SslFree>;

// A server's context with session tickets. Throws std::runtime_error when the PEM file does not hold a
// certificate and its key.
SslContextPtr make_tls_context(const std::string& pem_file);
// A client's context that trusts the certificates of the PEM file. Throws std::runtime_error likewise.
SslContextPtr make_client_context(const std::string& pem_file);

class Channel {
 public:
  // Without a context: plain TCP. The context says if this end is the client or the server.
  Channel(Loop& loop, Fd socket, SSL_CTX* context);

  class Handshake;
  class Receive;
  class SendAll;

  // co_await: true when the connect that is under way succeeded.
  Stream::Connected connected() { return stream_.connected(); }
  // co_await: true when the handshake is done; at once for plain TCP.
  Handshake handshake();
  // Like Stream's.
  Receive receive(std::span<char> buffer);
  SendAll send_all(std::string_view bytes);
  void finish_sending();

 private:
  Stream stream_;
  SslPtr ssl_;
};

// A read that wants to write, or the reverse, happens in TLS only while keys are renewed, which these
// programs never do, so reads wait as readers and writes as writers.
class Channel::Handshake final : public Operation {
 public:
  explicit Handshake(Channel& channel) : channel_(channel) {}
  bool attempt() override;
  bool await_ready() { return attempt(); }
  void await_suspend(std::coroutine_handle<> handle);
  bool await_resume() const { return good_; }

 private:
  Channel& channel_;
  bool good_ = true;
};

class Channel::Receive final : public Operation {
 public:
  Receive(Channel& channel, std::span<char> buffer) : channel_(channel), buffer_(buffer) {}
  bool attempt() override;
  bool await_ready() { return attempt(); }
  void await_suspend(std::coroutine_handle<> handle);
  ssize_t await_resume() const { return result_; }

 private:
  Channel& channel_;
  std::span<char> buffer_;
  ssize_t result_ = 0;
};

class Channel::SendAll final : public Operation {
 public:
  SendAll(Channel& channel, std::string_view bytes) : channel_(channel), bytes_(bytes) {}
  bool attempt() override;
  bool await_ready() { return attempt(); }
  void await_suspend(std::coroutine_handle<> handle);
  bool await_resume() const { return bytes_.empty(); }

 private:
  ssize_t send_some();

  Channel& channel_;
  std::string_view bytes_;
};

}  // namespace aluvia::bench
