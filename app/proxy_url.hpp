// Parses the URL of a proxy strictly: it comes from outside this process.
#pragma once

#include <cstdint>
#include <string_view>

namespace aluvia::app {

/// Returns true if `text` is the URL that a proxy on `port` reports: http://[USER:PASSWORD@]ADDRESS:PORT,
/// where ADDRESS is an IPv4 literal or an IPv6 literal in brackets, and USER and PASSWORD consist of
/// unreserved characters and percent escapes (RFC 3986 §2). Nothing else may follow, not even a slash.
bool is_proxy_url(std::string_view text, std::uint16_t port) noexcept;

}  // namespace aluvia::app
