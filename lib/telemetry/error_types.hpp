// The error types of RFC 9209 §2.3 that the proxy uses, as a fixed table: they index counters and are the
// values of a label.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace aluvia::telemetry {

inline constexpr std::array<std::string_view, 20> error_types{
    "connection_limit_reached",
    "connection_refused",
    "connection_terminated",
    "connection_timeout",
    "destination_ip_prohibited",
    "destination_ip_unroutable",
    "destination_unavailable",
    "dns_error",
    "dns_timeout",
    "http_protocol_error",
    "http_request_denied",
    "http_request_error",
    "http_response_incomplete",
    "http_response_timeout",
    "proxy_configuration_error",
    "proxy_internal_error",
    "proxy_internal_response",
    "proxy_loop_detected",
    "tls_certificate_error",
    "tls_protocol_error",
};

/// Returns the index of `type`, or the size of the table if it is not in it. Compares text: call it for
/// failed requests only.
constexpr std::size_t error_index(std::string_view type) noexcept {
  return static_cast<std::size_t>(std::ranges::find(error_types, type) - error_types.begin());
}

}  // namespace aluvia::telemetry
