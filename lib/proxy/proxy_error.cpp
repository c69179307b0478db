#include "proxy/proxy_error.hpp"

#include "base/logger.hpp"
#include "base/visible.hpp"
#include "http/basic_credentials.hpp"
#include "http/proxy_status.hpp"
#include "http/status.hpp"
#include "loop/loop.hpp"
#include "net/error.hpp"
#include "proxy/gateway/retry_policy.hpp"
#include "telemetry/error_types.hpp"

#include <array>

#include <fmt/format.h>

namespace aluvia::proxy {
namespace {

using Kind = ProxyErrorKind;
using socks::Reply;

constexpr std::array table{
    ProxyErrorRow{Kind::request_malformed, 0, Reply::general_failure, "http_request_error", ""},
    ProxyErrorRow{Kind::request_timeout, 408, Reply::ttl_expired, "http_request_error", ""},
    ProxyErrorRow{Kind::self_addressed, 400, Reply::general_failure, "http_request_error",
                  "This is a proxy: set it as the proxy of your client instead of opening it as a page."},
    ProxyErrorRow{Kind::loop, 508, Reply::not_allowed, "proxy_loop_detected",
                  "Ask for the site itself, not for the proxy."},
    ProxyErrorRow{Kind::credentials_required, 407, Reply::not_allowed, "http_request_denied",
                  "Give your client the user and password of the proxy (option proxy-auth): "
                  "http://USER:PASSWORD@host:port."},
    ProxyErrorRow{Kind::command_not_supported, 501, Reply::command_not_supported, "http_request_error", ""},
    ProxyErrorRow{Kind::address_type_not_supported, 501, Reply::address_type_not_supported,
                  "http_request_error", ""},
    ProxyErrorRow{Kind::blocked, 403, Reply::not_allowed, "http_request_denied",
                  "The policy of this proxy (aluvia-connect policy list) blocks it, and its owner can change "
                  "that."},
    ProxyErrorRow{
        Kind::over_budget, 403, Reply::not_allowed, "http_request_denied",
        "The budget (aluvia-connect policy list) holds until then, and its owner can change it. The "
        "request does not go directly instead: the site would see your own address."},
    ProxyErrorRow{Kind::metadata_address, 403, Reply::not_allowed, "destination_ip_prohibited",
                  "Start the proxy with the option allow-metadata where its clients are meant to read them."},
    ProxyErrorRow{Kind::private_address, 403, Reply::not_allowed, "destination_ip_prohibited",
                  "Ask by the address, name the host in the hosts file, or start the proxy without the "
                  "option deny-private."},
    ProxyErrorRow{Kind::local_address, 403, Reply::not_allowed, "destination_ip_prohibited",
                  "Where such names are wanted, as localtest.me and those of nip.io, start the proxy with "
                  "the option allow-loopback-names, name the host in the hosts file, or ask by the address."},
    ProxyErrorRow{Kind::connection_limit, 503, Reply::general_failure, "connection_limit_reached",
                  "Close connections, try again later, or start the proxy with a higher max-connections."},
    ProxyErrorRow{Kind::head_memory, 503, Reply::general_failure, "proxy_internal_response",
                  "Send a request head at once and without pauses, or try again later."},
    ProxyErrorRow{
        Kind::no_descriptor, 503, Reply::general_failure, "connection_limit_reached",
        "Close connections, or raise the limit of open files: ulimit -n, or LimitNOFILE= of the service."},
    ProxyErrorRow{Kind::dns_timeout, 504, Reply::ttl_expired, "dns_timeout",
                  "Check the name servers of this machine."},
    ProxyErrorRow{Kind::dns_error, 502, Reply::host_unreachable, "dns_error",
                  "Check the name servers of this machine."},
    ProxyErrorRow{Kind::name_not_found, 502, Reply::host_unreachable, "dns_error",
                  "Check the spelling of the host name."},
    ProxyErrorRow{Kind::unroutable, 502, Reply::network_unreachable, "destination_ip_unroutable",
                  "Check the network of this machine."},
    ProxyErrorRow{Kind::connection_refused, 502, Reply::connection_refused, "connection_refused", ""},
    ProxyErrorRow{Kind::connection_timeout, 504, Reply::ttl_expired, "connection_timeout", ""},
    ProxyErrorRow{Kind::connection_terminated, 502, Reply::general_failure, "connection_terminated", ""},
    ProxyErrorRow{Kind::tls_certificate, 502, Reply::general_failure, "tls_certificate_error",
                  "Check gateway-ca, gateway-host and the clock of this machine."},
    ProxyErrorRow{Kind::tls_protocol, 502, Reply::general_failure, "tls_protocol_error",
                  "Check gateway-protocol and gateway-port."},
    ProxyErrorRow{Kind::gateway_credentials, 502, Reply::general_failure, "proxy_configuration_error",
                  "The Aluvia gateway refuses the account's proxy credentials: look at the account."},
    ProxyErrorRow{Kind::gateway_credentials_renewed, 502, Reply::general_failure, "proxy_configuration_error",
                  "The credentials are fresh now: send the request again, and it will work."},
    ProxyErrorRow{Kind::gateway_refused, 502, Reply::host_unreachable, "destination_unavailable",
                  ""},  // see advice_on_rejection()
    ProxyErrorRow{Kind::gateway_protocol, 502, Reply::general_failure, "http_protocol_error",
                  "Check gateway-protocol, gateway-host and gateway-port."},
    ProxyErrorRow{Kind::gateway_timeout, 504, Reply::ttl_expired, "http_response_timeout",
                  "Trying again often helps."},
    ProxyErrorRow{Kind::gateway_down, 502, Reply::general_failure, "destination_unavailable",
                  "The Aluvia gateway cannot be used at the moment; it is asked again soon."},
    ProxyErrorRow{Kind::response_malformed, 502, Reply::general_failure, "http_protocol_error", ""},
    ProxyErrorRow{Kind::response_incomplete, 502, Reply::general_failure, "http_response_incomplete", ""},
    ProxyErrorRow{Kind::response_timeout, 504, Reply::ttl_expired, "http_response_timeout", ""},
    ProxyErrorRow{Kind::internal, 500, Reply::general_failure, "proxy_internal_error",
                  "This is a bug: please report it."},
};

// RFC 8941 §3.3.3: a string of printable ASCII with backslash and quote escaped.
std::string structured_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c >= 0x20 && c < 0x7F ? c : '?';
  }
  return out + '"';
}

// A refused CONNECT is refused for one of four reasons, and its status tells which. Only the statuses that
// the proxy itself tries again (retry_for) are worth another try by the reader.
std::string_view advice_on_rejection(const ProxyError& failure) noexcept {
  if (retry_for(failure) == Retry::another_try)
    return "The answer is the Aluvia gateway's, not the site's: trying again often helps.";
  const int status = failure.proposed_status;
  if (status == 429) return "The Aluvia gateway limits how much is asked of it: wait before you try again.";
  if (status < 400 || status == 400 || status == 405 || status == 501)
    return "The server there does not accept CONNECT, as a proxy gateway does: check the gateway's host, "
           "port "
           "and protocol.";
  if (status < 500)
    return "The Aluvia gateway rejects this site or this account, and will reject it again: check the "
           "account.";
  return "The answer is the Aluvia gateway's, not the site's.";
}

std::string_view advice_on(const ProxyError& failure) noexcept {
  return failure.kind == Kind::gateway_refused ? advice_on_rejection(failure) : row_of(failure.kind).advice;
}

std::string render_body(const ProxyError& failure, const ProxyErrorRow& row, const ProxyErrorContext& context,
                        int status) {
  std::string body = fmt::format("aluvia-connect: {} {}\n\n", status, visible(failure.details));
  if (!context.host.empty()) body += fmt::format("host:  {}\n", visible(context.host));
  if (!context.route.empty()) body += fmt::format("route: {} ({})\n", context.route, visible(context.why));
  body += fmt::format("error: {}\n", row.error);
  if (context.id.number != 0) body += fmt::format("request {}\n", to_text(context.id));
  if (const auto advice = advice_on(failure); !advice.empty()) body += fmt::format("\n{}\n", advice);
  return body;
}

// A client that gets no body, as after CONNECT, has the id of the request here. RFC 9209 §2.1.5 leaves the
// content of `details` to the proxy; a parameter of our own would have to be registered (§2.2).
std::string details_of(const ProxyError& failure, const telemetry::RequestId& id) {
  if (id.number == 0) return structured_string(failure.details);
  return structured_string(fmt::format("{} (request {})", failure.details, to_text(id)));
}

ProxyErrorKind kind_of(std::error_code error) noexcept {
  if (error == net::NetError::name_not_found) return Kind::name_not_found;
  if (error == net::NetError::dns_timeout) return Kind::dns_timeout;
  if (error == net::NetError::dns_failure) return Kind::dns_error;
  if (error == net::NetError::would_loop) return Kind::loop;
  if (error == net::NetError::tls_certificate) return Kind::tls_certificate;
  if (error == net::NetError::tls_protocol) return Kind::tls_protocol;
  if (error == std::errc::connection_refused) return Kind::connection_refused;
  if (error == std::errc::timed_out) return Kind::connection_timeout;
  if (error == std::errc::network_unreachable || error == std::errc::host_unreachable ||
      error == std::errc::address_not_available || error == std::errc::permission_denied) {
    return Kind::unroutable;
  }
  if (error == std::errc::too_many_files_open || error == std::errc::too_many_files_open_in_system) {
    return Kind::no_descriptor;
  }
  return Kind::connection_terminated;
}

std::string_view lack_of_descriptors(std::error_code error) noexcept {
  return error == std::errc::too_many_files_open_in_system ? "the system has too many files open"
                                                           : "the proxy has too many files open";
}

}  // namespace

const ProxyErrorRow& row_of(ProxyErrorKind kind) noexcept {
  static_assert(
      [] {
        for (std::size_t i = 0; i < table.size(); ++i) {
          if (table[i].kind != static_cast<Kind>(i)) return false;
        }
        return table.size() == static_cast<std::size_t>(Kind::internal) + 1;
      }(),
      "one row per kind, in order");
  static_assert(
      [] {
        for (const ProxyErrorRow& row : table) {
          if (telemetry::error_index(row.error) == telemetry::error_types.size()) return false;
        }
        return true;
      }(),
      "metrics count every error type");
  return table[static_cast<std::size_t>(kind)];
}

int status_of(const ProxyError& failure) noexcept {
  const int status = row_of(failure.kind).status;
  return status != 0 ? status : failure.proposed_status;
}

bool is_rejection(ProxyErrorKind kind) noexcept {
  const int status = row_of(kind).status;
  return status == 403 || status == 508;
}

ProxyError error_from(std::error_code error, const std::string& whom) {
  switch (const Kind kind = kind_of(error)) {
    case Kind::loop:
      return {kind, fmt::format("{} is this proxy itself", whom)};
    case Kind::name_not_found:
      return {kind, fmt::format("the name of {} does not exist", whom)};
    case Kind::dns_timeout:
      return {kind, fmt::format("no name server answered for {}", whom)};
    case Kind::dns_error:
      return {kind, fmt::format("the name servers failed to look up {}", whom)};
    case Kind::connection_timeout:
      return {kind, fmt::format("{} did not answer in time", whom)};
    case Kind::no_descriptor:
      return {kind, fmt::format("cannot connect to {}: {}", whom, lack_of_descriptors(error))};
    default:
      return {kind, fmt::format("cannot connect to {}: {}", whom, error.message())};
  }
}

ProxyError error_from(const http::ParseError& error) {
  return {Kind::request_malformed, std::string(error.why), error.status};
}

ProxyError error_from(const socks::ParseError& error) {
  switch (error.reply) {
    case Reply::command_not_supported:
      return {Kind::command_not_supported, std::string(error.why)};
    case Reply::address_type_not_supported:
      return {Kind::address_type_not_supported, std::string(error.why)};
    default:
      return {Kind::request_malformed, std::string(error.why), 400};
  }
}

ProxyError credentials_required() {
  return {Kind::credentials_required, "this proxy asks for a user and a password"};
}

std::string render_answer(const ProxyError& failure, const ProxyErrorContext& context, After after) {
  const ProxyErrorRow& row = row_of(failure.kind);
  const int status = status_of(failure);
  const std::string body = render_body(failure, row, context, status);
  std::string received;
  if (row.status != 0 && failure.proposed_status != 0) {
    received = fmt::format("; received-status={}", failure.proposed_status);
  }
  std::string challenge;
  if (failure.kind == Kind::credentials_required) {
    challenge = fmt::format("Proxy-Authenticate: {}\r\n", http::basic_challenge);
  }
  return fmt::format(
      "HTTP/1.1 {} {}\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n"
      "Content-Length: {}\r\n"
      "Cache-Control: no-store\r\n"
      "Proxy-Status: {}; error={}; details={}{}\r\n"
      "{}Connection: {}\r\n\r\n{}",
      status, http::reason_phrase(status), body.size(), http::proxy_name, row.error,
      details_of(failure, context.id), received, challenge, after == After::keep ? "keep-alive" : "close",
      context.head_only ? std::string_view{} : std::string_view(body));
}

}  // namespace aluvia::proxy
