// host_port(): the text of a host and a port, for messages, URLs and log lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace aluvia::host {

/// Returns host:port, and [host]:port for an IPv6 address or network, whose own colons would hide the port's.
inline std::string host_port(std::string_view host, std::uint16_t port) {
  const bool is_v6 = host.find(':') != host.npos;
  return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace aluvia::host
