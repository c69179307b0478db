// Parses DNS queries with one question and writes their answers (RFC 1035 §4), without I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/ip/address.hpp>

namespace aluvia::sandbox {

struct DnsQuery {
  std::uint16_t id = 0;
  std::uint16_t type = 0;  ///< 1 A, 28 AAAA
  bool recursion_desired = false;
  std::string name;      ///< in lower case, without the last dot
  std::string question;  ///< its bytes, which the answer repeats
};

/// Returns nothing if `message` is not a query with exactly one question.
std::optional<DnsQuery> parse_dns_query(std::string_view message);

struct DnsReply {
  std::uint8_t code = 0;  ///< 0 no error, 2 SERVFAIL, 3 NXDOMAIN
  bool truncated = false;
  std::uint32_t ttl = 5;                     ///< seconds
  std::vector<asio::ip::address> addresses;  ///< those of the other family are left out
};

std::string write_dns_reply(const DnsQuery& query, const DnsReply& reply);

}  // namespace aluvia::sandbox
