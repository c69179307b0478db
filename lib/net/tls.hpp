// Client TLS to the gateway and the API: a context that verifies certificates, and the handshake on a
// connected stream.
#pragma once

#include "base/result.hpp"
#include "base/secret_string.hpp"
#include "net/stream.hpp"

#include <cstdint>
#include <functional>
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

  /// From now on sets some sessions aside for the next run, which this one does not use. Calls `on_change` on
  /// the thread of the streams after each. Empty: sets none aside.
  void set_sessions_aside(std::function<void()> on_change) const;

  enum class Saved {
    aside,  ///< those set aside: the process may be killed, and goes on meanwhile
    all,    ///< also the cached ones: no more handshake follows
  };
  /// Returns the sessions with a server in the form that restore_sessions() takes: secrets. Empty if there
  /// are none.
  SecretString saved_sessions(const std::string& host, std::uint16_t port, Saved which) const;

  /// Caches sessions of an earlier run, and returns their number: 0 where they belong to another server, or
  /// where the trusted certificates of now do not verify the server's chain of then. The error is a phrase,
  /// such as "is damaged".
  Result<std::size_t, std::string> restore_sessions(std::string_view saved, const std::string& host,
                                                    std::uint16_t port) const;

 private:
  struct ContextDeleter {
    void operator()(ssl_ctx_st* context) const noexcept;
  };
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  SslHandle make_ssl(const std::string& host) const;
  SslHandle make_session(Stream& stream, const std::string& host) const;

  std::unique_ptr<ssl_ctx_st, ContextDeleter> context_;
};

}  // namespace aluvia::net
