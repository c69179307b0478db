// Reads a DNS response (RFC 1035 §4) into the addresses of the name that was asked for. c-ares parses each
// list of addresses in quadratic time, so a response of 64 KiB would block the loop; this parser is linear
// and keeps a bounded number of addresses. Private to the module.
#pragma once

#include "loop/loop.hpp"
#include "net/endpoint.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>
#include <vector>

namespace aluvia::dns {

/// Addresses kept of each family of a name; no client tries more.
inline constexpr std::size_t most_addresses = 16;

enum class Family { v4, v6 };

struct DnsAnswer {
  std::error_code error;  ///< of NetError, too_many_files_open, or none
  std::vector<net::Address> addresses;
  std::chrono::seconds ttl{0};
};

/// Cuts `addresses`, which are of one family, to `most_addresses`. Those that a proxy may have to reject (see
/// is_private() and is_metadata()) are kept first, so that they cannot hide behind the limit.
void limit_addresses(std::vector<net::Address>& addresses);

/// The addresses of `family` in `message`, a response to one question. Aliases (CNAME) are followed in the
/// order of the message; the time to live is the shortest of all records used, at most 300 s. Errors:
/// dns_failure for a message that breaks its format, name_not_found where no address is in it.
DnsAnswer read_dns_reply(std::span<const std::uint8_t> message, Family family);

}  // namespace aluvia::dns
