// The response of the sandbox's DNS server for one name.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace aluvia::sandbox {

enum class DnsOutcome {
  answer,  ///< the addresses; an empty answer (NODATA) if none is of the requested family
  nxdomain,
  servfail,
  silent,  ///< no response
};

struct DnsAnswer {
  std::vector<std::string> addresses = {};  ///< IPv4 for A and IPv6 for AAAA; other texts are ignored
  DnsOutcome outcome = DnsOutcome::answer;
  std::chrono::milliseconds delay{0};       ///< before any answer
  std::chrono::milliseconds aaaa_delay{0};  ///< before an answer to AAAA, on top of `delay`
  bool truncated_over_udp = false;          ///< UDP answers are empty with TC set, so the client must use TCP
  bool wrong_id_first = false;  ///< over UDP, sends a forged answer (192.0.2.66) with another id first
  std::uint32_t ttl = 5;        ///< seconds
};

}  // namespace aluvia::sandbox
