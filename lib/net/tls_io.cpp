#include "net/tls_io.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>

#include "net/error.hpp"

namespace aluvia::net {
namespace {

IoResult failed(std::error_code error) noexcept { return {IoResult::Status::failed, 0, Want::read, error}; }

// Precondition: the call on `ssl` returned `code` <= 0, and the error queue was empty before it.
IoResult explain(ssl_st& ssl, int code) noexcept {
  switch (SSL_get_error(&ssl, code)) {
    case SSL_ERROR_WANT_READ: return {IoResult::Status::blocked, 0, Want::read, {}};
    case SSL_ERROR_WANT_WRITE: return {IoResult::Status::blocked, 0, Want::write, {}};
    case SSL_ERROR_ZERO_RETURN: return {IoResult::Status::ended, 0, Want::read, {}};
    case SSL_ERROR_SYSCALL:
      return failed(errno != 0 ? std::error_code{errno, std::system_category()}
                               : make_error_code(NetError::stream_truncated));
    default: break;
  }
  const bool truncated = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  ERR_clear_error();
  return failed(truncated ? NetError::stream_truncated : NetError::tls_protocol);
}

}  // namespace

IoResult tls_read(ssl_st& ssl, std::span<char> into) noexcept {
  ERR_clear_error();
  errno = 0;
  std::size_t got = 0;
  const int code = SSL_read_ex(&ssl, into.data(), into.size(), &got);
  if (code > 0) return {IoResult::Status::moved, got, Want::read, {}};
  return explain(ssl, code);
}

IoResult tls_write(ssl_st& ssl, std::span<const char> from) noexcept {
  ERR_clear_error();
  errno = 0;
  std::size_t put = 0;
  const int code = SSL_write_ex(&ssl, from.data(), from.size(), &put);
  if (code > 0) return {IoResult::Status::moved, put, Want::write, {}};
  return explain(ssl, code);
}

void tls_close_notify(ssl_st& ssl) noexcept {
  ERR_clear_error();
  if ((SSL_get_shutdown(&ssl) & SSL_SENT_SHUTDOWN) == 0) SSL_shutdown(&ssl);
  ERR_clear_error();
}

bool tls_has_pending(const ssl_st& ssl) noexcept { return SSL_has_pending(&ssl) == 1; }

}  // namespace aluvia::net
