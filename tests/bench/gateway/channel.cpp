#include "gateway/channel.hpp"

#include <cerrno>
#include <stdexcept>

#include <sys/socket.h>

namespace aluvia::bench {
namespace {

bool wants_more(const SSL* ssl, int result) {
  const int error = ::SSL_get_error(ssl, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

bool wants_more(ssize_t result) {
  return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void set_up(SSL_CTX& context) {
  ::SSL_CTX_set_mode(&context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A peer that goes away without close_notify is an ordinary end here.
  ::SSL_CTX_set_options(&context, SSL_OP_IGNORE_UNEXPECTED_EOF);
}

}  // namespace

SslContextPtr make_tls_context(const std::string& pem_file) {
  SslContextPtr context(::SSL_CTX_new(::TLS_server_method()));
  const bool good = context && ::SSL_CTX_use_certificate_chain_file(context.get(), pem_file.c_str()) == 1 &&
                    ::SSL_CTX_use_PrivateKey_file(context.get(), pem_file.c_str(), SSL_FILETYPE_PEM) == 1;
  if (!good) throw std::runtime_error("no certificate with its key in " + pem_file);
  set_up(*context);
  return context;
}

SslContextPtr make_client_context(const std::string& pem_file) {
  SslContextPtr context(::SSL_CTX_new(::TLS_client_method()));
  const bool good = context && ::SSL_CTX_load_verify_file(context.get(), pem_file.c_str()) == 1;
  if (!good) throw std::runtime_error("no certificate in " + pem_file);
  ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  set_up(*context);
  return context;
}

Channel::Channel(Loop& loop, Fd socket, SSL_CTX* context)
    : stream_(loop, std::move(socket)), ssl_(context == nullptr ? nullptr : ::SSL_new(context)) {
  if (!ssl_) return;
  ::SSL_set_fd(ssl_.get(), stream_.fd().get());
  ::SSL_is_server(ssl_.get()) ? ::SSL_set_accept_state(ssl_.get()) : ::SSL_set_connect_state(ssl_.get());
}

Channel::Handshake Channel::handshake() {
  return Handshake(*this);
}

Channel::Receive Channel::receive(std::span<char> buffer) {
  return {*this, buffer};
}

Channel::SendAll Channel::send_all(std::string_view bytes) {
  return {*this, bytes};
}

void Channel::finish_sending() {
  if (ssl_) ::SSL_shutdown(ssl_.get());
  stream_.finish_sending();
}

bool Channel::Handshake::attempt() {
  if (!channel_.ssl_) return true;
  const int result = ::SSL_do_handshake(channel_.ssl_.get());
  good_ = result == 1;
  return good_ || !wants_more(channel_.ssl_.get(), result);
}

void Channel::Handshake::await_suspend(std::coroutine_handle<> handle) {
  caller = handle;
  channel_.stream_.wait_as_reader(*this);
}

bool Channel::Receive::attempt() {
  if (!channel_.ssl_) {
    result_ = ::recv(channel_.stream_.fd().get(), buffer_.data(), buffer_.size(), 0);
    return !wants_more(result_);
  }
  const int result = ::SSL_read(channel_.ssl_.get(), buffer_.data(), static_cast<int>(buffer_.size()));
  result_ = result;
  return result > 0 || !wants_more(channel_.ssl_.get(), result);
}

void Channel::Receive::await_suspend(std::coroutine_handle<> handle) {
  caller = handle;
  channel_.stream_.wait_as_reader(*this);
}

ssize_t Channel::SendAll::send_some() {
  if (channel_.ssl_) return ::SSL_write(channel_.ssl_.get(), bytes_.data(), static_cast<int>(bytes_.size()));
  return ::send(channel_.stream_.fd().get(), bytes_.data(), bytes_.size(), MSG_NOSIGNAL);
}

bool Channel::SendAll::attempt() {
  while (!bytes_.empty()) {
    const ssize_t sent = send_some();
    if (sent <= 0)
      return channel_.ssl_ ? !wants_more(channel_.ssl_.get(), static_cast<int>(sent)) : !wants_more(sent);
    bytes_.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Channel::SendAll::await_suspend(std::coroutine_handle<> handle) {
  caller = handle;
  channel_.stream_.wait_as_writer(*this);
}

}  // namespace aluvia::bench
