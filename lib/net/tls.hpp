// Client TLS to the gateway and the API: a context that verifies certificates, and the handshake on a
// connected stream.
#pragma once

#include "base/result.hpp"
#include "net/stream.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace aluvia::net {

struct TlsFailure {
  std::error_code code;  ///< tls_certificate, tls_protocol, timed_out, or the socket's
  std::string detail;    ///< one phrase for people, e.g. "certificate has expired"
};

/// TLS 1.2 and newer; certificate and host name are verified, and sessions that a verified server gave are
/// resumed.
class TlsContext {
 public:
  /// `ca_file`: PEM with the trusted certificates, or empty for the system's. The error names the file.
  static Result<TlsContext, std::string> create(const std::string& ca_file);

  /// Turns `stream` into a TLS stream to `host` (name for SNI and verification, or an IP address). On failure
  /// the stream is of no further use.
  loop::Task<Result<void, TlsFailure>> handshake(Stream& stream, std::string host,
                                                 loop::TimePoint deadline) const;

 private:
  struct ContextDeleter {
    void operator()(ssl_ctx_st* context) const noexcept;
  };
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  SslHandle make_session(Stream& stream, const std::string& host) const;

  std::unique_ptr<ssl_ctx_st, ContextDeleter> context_;
};

}  // namespace aluvia::net
