#include "net/tls_io.hpp"

#include "net/error.hpp"

#include <cerrno>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace aluvia::net {
namespace {

IoResult failed(std::error_code error) noexcept {
  return {IoResult::Status::failed, 0, loop::Want::read, error};
}

// A slot of every connection, set once its peer has asked for a renegotiation.
int renegotiation_index() noexcept {
  static const int index =
      CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// With SSL_OP_NO_RENEGOTIATION, OpenSSL answers a HelloRequest with this alert, and only then.
void on_tls_event(const ssl_st* ssl, int event, int value) noexcept {
  constexpr int description = 0xFF;
  if (event != SSL_CB_WRITE_ALERT || (value & description) != SSL_AD_NO_RENEGOTIATION) return;
  static char mark = 0;
  SSL_set_ex_data(const_cast<ssl_st*>(ssl), renegotiation_index(), &mark);
}

// Precondition: the call on `ssl` returned `code` <= 0, and the error queue was empty before it.
IoResult explain(ssl_st& ssl, int code) noexcept {
  if (SSL_get_ex_data(&ssl, renegotiation_index())) return failed(NetError::tls_renegotiation);
  switch (SSL_get_error(&ssl, code)) {
    case SSL_ERROR_WANT_READ:
      return {IoResult::Status::blocked, 0, loop::Want::read, {}};
    case SSL_ERROR_WANT_WRITE:
      return {IoResult::Status::blocked, 0, loop::Want::write, {}};
    case SSL_ERROR_ZERO_RETURN:
      return {IoResult::Status::ended, 0, loop::Want::read, {}};
    case SSL_ERROR_SYSCALL:
      return failed(errno != 0 ? std::error_code{errno, std::system_category()}
                               : make_error_code(NetError::stream_truncated));
    default:
      break;
  }
  const bool truncated = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  ERR_clear_error();
  return failed(truncated ? NetError::stream_truncated : NetError::tls_protocol);
}

// OpenSSL's own socket writes with write(2): a peer that is gone would end the whole program by SIGPIPE.
int send_without_signal(BIO* bio, const char* bytes, int size) {
  const auto socket = static_cast<int>(BIO_ctrl(bio, BIO_C_GET_FD, 0, nullptr));
  BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
  const auto put = static_cast<int>(::send(socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL));
  if (put <= 0 && BIO_sock_should_retry(put) != 0)
    BIO_set_flags(bio, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY);
  return put;
}

// OpenSSL's socket in everything but writing. Made once, kept to the end of the program.
const BIO_METHOD* quiet_socket() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");
    if (!made) return made;
    const BIO_METHOD* const model = BIO_s_socket();
    BIO_meth_set_read(made, BIO_meth_get_read(model));
    BIO_meth_set_write(made, &send_without_signal);
    BIO_meth_set_ctrl(made, BIO_meth_get_ctrl(model));
    BIO_meth_set_create(made, BIO_meth_get_create(model));
    BIO_meth_set_destroy(made, BIO_meth_get_destroy(model));
    return made;
  }();
  return method;
}

}  // namespace

void tls_reject_renegotiation(ssl_ctx_st& context) noexcept {
  renegotiation_index();
  SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_info_callback(&context, &on_tls_event);
}

bool tls_attach(ssl_st& ssl, int socket) noexcept {
  const BIO_METHOD* const method = quiet_socket();
  BIO* const bio = method ? BIO_new(method) : nullptr;
  if (!bio) return false;
  BIO_int_ctrl(bio, BIO_C_SET_FD, BIO_NOCLOSE, socket);
  SSL_set_bio(&ssl, bio, bio);
  return true;
}

IoResult tls_read(ssl_st& ssl, std::span<char> into) noexcept {
  ERR_clear_error();
  errno = 0;
  std::size_t got = 0;
  const int code = SSL_read_ex(&ssl, into.data(), into.size(), &got);
  if (code > 0) return {IoResult::Status::moved, got, loop::Want::read, {}};
  return explain(ssl, code);
}

IoResult tls_write(ssl_st& ssl, std::span<const char> from) noexcept {
  ERR_clear_error();
  errno = 0;
  std::size_t put = 0;
  const int code = SSL_write_ex(&ssl, from.data(), from.size(), &put);
  if (code > 0) return {IoResult::Status::moved, put, loop::Want::write, {}};
  const int cause = errno;
  const IoResult result = explain(ssl, code);
  // Once the peer has said that it sends no more, OpenSSL calls a write that failed the peer's end, too.
  if (result.status != IoResult::Status::ended) return result;
  return failed({cause != 0 ? cause : EPIPE, std::system_category()});
}

void tls_close_notify(ssl_st& ssl) noexcept {
  ERR_clear_error();
  if ((SSL_get_shutdown(&ssl) & SSL_SENT_SHUTDOWN) == 0) SSL_shutdown(&ssl);
  ERR_clear_error();
}

bool tls_is_quiet(ssl_st& ssl) noexcept {
  ERR_clear_error();
  char byte = 0;
  std::size_t got = 0;
  const int code = SSL_peek_ex(&ssl, &byte, 1, &got);
  const bool is_waiting = code <= 0 && explain(ssl, code).status == IoResult::Status::blocked;
  ERR_clear_error();
  return is_waiting && SSL_has_pending(&ssl) == 0;  // pending: the beginning of a record
}

}  // namespace aluvia::net
