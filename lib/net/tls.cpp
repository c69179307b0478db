#include "net/tls.hpp"

#include "loop/deadline.hpp"
#include "net/endpoint.hpp"
#include "net/error.hpp"
#include "net/system_certificates.hpp"
#include "net/tls_io.hpp"
#include "net/tls_sessions.hpp"

#include <cerrno>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace aluvia::net {
namespace {

// Returns the last reason; if the system failed, that is the first one, and OpenSSL's own only say so again.
std::string last_reason() {
  if (const unsigned long first = ERR_peek_error(); ERR_SYSTEM_ERROR(first))
    return std::system_category().message(ERR_GET_REASON(first));
  const unsigned long code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : "unknown TLS error";
}

// Precondition: SSL_do_handshake on `ssl` failed with something else than a wish to wait.
TlsFailure explain_failure(ssl_st& ssl, int kind) {
  if (const long verdict = SSL_get_verify_result(&ssl); verdict != X509_V_OK) {
    return {NetError::tls_certificate, X509_verify_cert_error_string(verdict)};
  }
  if (kind == SSL_ERROR_SYSCALL && errno != 0) {
    const std::error_code code{errno, std::system_category()};
    return {code, code.message()};
  }
  if (kind == SSL_ERROR_SYSCALL || ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return {NetError::tls_protocol, "the connection was closed during the TLS handshake"};
  }
  return {NetError::tls_protocol, last_reason()};
}

std::string name_in_file(const std::string& host, std::uint16_t port) {
  return fmt::format("{}:{}", host, port);
}

struct StoreDeleter {
  void operator()(X509_STORE_CTX* verification) const noexcept { X509_STORE_CTX_free(verification); }
};

// Verifies the chain that a server has sent in an earlier run as the handshake of `ssl` would.
bool is_trusted(ssl_st& ssl, stack_st_X509& chain) {
  const std::unique_ptr<X509_STORE_CTX, StoreDeleter> verification(X509_STORE_CTX_new());
  X509_STORE* const trusted = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(&ssl));
  X509* const leaf = sk_X509_value(&chain, 0);
  if (!verification || X509_STORE_CTX_init(verification.get(), trusted, leaf, &chain) != 1) return false;
  X509_VERIFY_PARAM* const asked = X509_STORE_CTX_get0_param(verification.get());
  X509_VERIFY_PARAM_set_auth_level(asked, SSL_get_security_level(&ssl));
  X509_STORE_CTX_set_default(verification.get(), "ssl_server");
  X509_VERIFY_PARAM_set1(asked, SSL_get0_param(&ssl));
  const bool is_valid = X509_verify_cert(verification.get()) == 1;
  ERR_clear_error();
  return is_valid;
}

}  // namespace

void SslDeleter::operator()(ssl_st* ssl) const noexcept {
  SSL_free(ssl);
}
void TlsContext::ContextDeleter::operator()(ssl_ctx_st* context) const noexcept {
  SSL_CTX_free(context);
}

Result<TlsContext, std::string> TlsContext::create(const std::string& ca_file) {
  ERR_clear_error();
  TlsContext made(SSL_CTX_new(TLS_client_method()));
  ssl_ctx_st* const context = made.context_.get();
  if (!context || !keep_sessions(*context)) {
    return Err{std::string("OpenSSL cannot make a TLS context: " + last_reason())};
  }
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  tls_reject_renegotiation(*context);
  // Buffers are given back while a connection is idle; a write may be continued from other memory.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const bool loaded = ca_file.empty() ? load_system_certificates(*context)
                                      : SSL_CTX_load_verify_file(context, ca_file.c_str()) == 1;
  if (!loaded) {
    std::string why = fmt::format("cannot read certificates from {}: {}",
                                  ca_file.empty() ? "the system's store" : ca_file, last_reason());
    ERR_clear_error();
    return Err{std::move(why)};
  }
  return made;
}

// Returns an SSL without a socket that verifies `host`; null if there is no memory.
SslHandle TlsContext::make_ssl(const std::string& host) const {
  SslHandle ssl(SSL_new(context_.get()));
  if (!ssl) return nullptr;
  std::error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (not_an_address) {
    SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // SSL_set_tlsext_host_name as the function that it stands for: the macro is written with C casts.
    if (SSL_set1_host(ssl.get(), host.c_str()) != 1 ||
        SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(host.c_str())) != 1) {
      return nullptr;
    }
  } else if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str()) != 1) {
    return nullptr;
  }
  SSL_set_connect_state(ssl.get());
  return ssl;
}

SslHandle TlsContext::make_session(Stream& stream, const std::string& host) const {
  SslHandle ssl = make_ssl(host);
  if (!ssl || !tls_attach(*ssl, stream.native_handle())) return nullptr;
  offer_session(*ssl);
  return ssl;
}

loop::Task<Result<void, TlsFailure>> TlsContext::handshake(Stream& stream, std::string host,
                                                           loop::TimePoint deadline) const {
  SslHandle session = make_session(stream, host);
  if (!session) {
    co_return Err{TlsFailure{NetError::tls_protocol, "OpenSSL cannot make a session: " + last_reason()}};
  }
  ssl_st& ssl = *session;
  stream.adopt_tls(std::move(session));
  loop::Deadline limit(stream.executor(), [&stream] { stream.cancel(); });
  limit.set_at(deadline);
  for (;;) {
    ERR_clear_error();
    errno = 0;
    const int code = SSL_do_handshake(&ssl);
    if (code == 1) co_return Result<void, TlsFailure>{};
    const int kind = SSL_get_error(&ssl, code);
    if (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE) {
      TlsFailure failure = explain_failure(ssl, kind);
      forget_sessions(ssl);
      ERR_clear_error();
      co_return Err{std::move(failure)};
    }
    const std::error_code error =
        co_await stream.ready(kind == SSL_ERROR_WANT_READ ? loop::Want::read : loop::Want::write);
    // Also where the deadline struck just after bytes had come: nothing would end the next wait.
    if (limit.expired()) {
      co_return Err{
          TlsFailure{std::make_error_code(std::errc::timed_out), "no answer to the TLS handshake in time"}};
    }
    if (error) co_return Err{TlsFailure{error, error.message()}};
  }
}

void TlsContext::set_sessions_aside(std::function<void()> on_change) const {
  net::set_sessions_aside(*context_, std::move(on_change));
}

SecretString TlsContext::saved_sessions(const std::string& host, std::uint16_t port, Saved which) const {
  const SslHandle ssl = make_ssl(host);
  if (!ssl) return {};
  SessionFile file = list_sessions(*ssl, which == Saved::all);
  if (!file.chain) return {};
  file.server = name_in_file(host, port);
  return session_file_bytes(file);
}

Result<std::size_t, std::string> TlsContext::restore_sessions(std::string_view saved, const std::string& host,
                                                              std::uint16_t port) const {
  auto file = parse_session_file(saved);
  ERR_clear_error();
  if (!file) return Err{std::move(file.error())};
  const SslHandle ssl = make_ssl(host);
  const bool is_same = ssl && file->server == name_in_file(host, port) && is_trusted(*ssl, *file->chain);
  return is_same ? adopt_sessions(*ssl, std::move(*file)) : 0;
}

}  // namespace aluvia::net
