// Non-blocking TCP sockets on IPv4: listening, connecting, options. Knows no event loop and no protocol.
#pragma once

#include "base/fd.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <netinet/in.h>

namespace aluvia::bench {

// "127.0.0.1:80", with or without http:// in front; nothing when the host is not a numeric IPv4 address.
// `localhost` counts as 127.0.0.1.
std::optional<sockaddr_in> parse_address(std::string_view text);

// 127.0.0.N. Every proxy under test gets an origin address of its own: connections that one has closed stay
// in TIME_WAIT, and looking for a free port among them would be charged to the next one.
sockaddr_in loopback_address(std::uint16_t port, std::uint32_t number = 1);
constexpr std::uint32_t most_loopback_addresses = 16;

// Port 0 for a free one. Throws std::system_error.
Fd listen_at(const sockaddr_in& address);
// Listens on 127.0.0.N.
Fd listen_on_loopback(std::uint16_t port, std::uint32_t number = 1);
// On all of them, with one port that is free.
std::vector<Fd> listen_everywhere();
sockaddr_in local_address(const Fd& socket);
std::uint16_t local_port(const Fd& socket);

// A socket whose connect is under way; without a descriptor when it failed at once.
Fd start_connect(const sockaddr_in& address);
// Returns the result of a connect once the socket is writable: 0 or an errno value.
int connect_error(const Fd& socket);

// A connection from the backlog, non-blocking and with TCP_NODELAY; none when there is none.
Fd accept_connection(const Fd& listener);

}  // namespace aluvia::bench
