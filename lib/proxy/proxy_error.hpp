// ProxyError: the table of the proxy's own error responses in HTTP and SOCKS, one row per kind (RFC 9209
// §2.3, RFC 1928 §6). No other file of this module has status numbers.
#pragma once

#include "http/progress.hpp"
#include "socks/messages.hpp"
#include "telemetry/request_id.hpp"

#include <string>
#include <string_view>
#include <system_error>

namespace aluvia::proxy {

enum class ProxyErrorKind {
  request_malformed,           ///< the client's message; its finder proposed the status
  request_timeout,             ///< the head did not arrive in time
  self_addressed,              ///< origin-form: the request is for the proxy itself, which serves no pages
  loop,                        ///< the target is this proxy
  credentials_required,        ///< the client's own, for this proxy
  command_not_supported,       ///< of SOCKS
  address_type_not_supported,  ///< of SOCKS
  blocked,                     ///< by the policy of this proxy
  over_budget,                 ///< a budget of the gateway is used up
  metadata_address,            ///< a cloud serves credentials there
  private_address,             ///< behind a public name
  local_address,               ///< behind a name of DNS: loopback, link-local, unspecified
  connection_limit,
  head_memory,    ///< unfinished request heads take as much as they may
  no_descriptor,  ///< this process, or the system, has none left for it
  dns_timeout,
  dns_error,
  name_not_found,
  unroutable,
  connection_refused,
  connection_timeout,
  connection_terminated,
  tls_certificate,
  tls_protocol,
  gateway_credentials,          ///< the gateway answered 407 or 401
  gateway_credentials_renewed,  ///< likewise, and others have come, but this request cannot be sent again
  gateway_refused,              ///< the gateway answered something else than 2xx
  gateway_protocol,             ///< the gateway's answer is not HTTP
  gateway_timeout,              ///< connected, but no answer to CONNECT
  gateway_down,                 ///< it has failed again and again, and was not asked
  response_malformed,
  response_incomplete,
  response_timeout,
  internal,
};

struct ProxyError {
  ProxyError(ProxyErrorKind what, std::string phrase, int status = 0)
      : kind(what), details(std::move(phrase)), proposed_status(status) {}

  ProxyErrorKind kind;
  std::string details;  ///< one phrase for people, printable, without secrets
  int proposed_status;  ///< request_malformed: the finder's; gateway_*: the status received
};

/// Returns the row of the table.
struct ProxyErrorRow {
  ProxyErrorKind kind;
  int status;               ///< 0: as proposed by the finder
  socks::Reply reply;       ///< the same in SOCKS
  std::string_view error;   ///< RFC 9209 proxy error type
  std::string_view advice;  ///< what the reader can do; empty: nothing, or it depends on the status received
};
const ProxyErrorRow& row_of(ProxyErrorKind kind) noexcept;

/// Returns the status of the response to the client.
int status_of(const ProxyError& failure) noexcept;

/// True where the proxy itself rejects such a request, as long as its options stay. All other kinds are
/// faults, which may pass.
bool is_rejection(ProxyErrorKind kind) noexcept;

/// Returns the error of a failed connect or look-up; `whom` is "gateway host:port" or "host:port".
ProxyError error_from(std::error_code error, const std::string& whom);
ProxyError error_from(const http::ParseError& error);
ProxyError error_from(const socks::ParseError& error);
/// Returns the error of a request without the credentials that this proxy requires.
ProxyError credentials_required();

/// The destination of the request, for the answer's text and the log.
struct ProxyErrorContext {
  ProxyErrorContext() = default;
  ProxyErrorContext(std::string target, std::string_view taken, std::string_view reason, bool no_body)
      : host(std::move(target)), route(taken), why(reason), head_only(no_body) {}

  std::string host;           ///< host:port, or empty where none was understood
  std::string_view route;     ///< "direct", "gateway" or empty
  std::string_view why;       ///< the rule that decided
  bool head_only = false;     ///< the request was HEAD: no body may follow
  telemetry::RequestId id{};  ///< leads to the line of the access log; number 0: none
};

/// Tells if another request may follow an answer on its connection.
enum class After { close, keep };

/// Returns the whole answer. Its Connection field says if the connection stays open.
std::string render_answer(const ProxyError& failure, const ProxyErrorContext& context,
                          After after = After::close);

}  // namespace aluvia::proxy
