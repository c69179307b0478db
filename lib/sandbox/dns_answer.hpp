// The response of the sandbox's DNS server for one name.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace aluvia::sandbox {

enum class DnsOutcome {
  answer,  ///< the addresses; none of the asked family: an empty answer (NODATA)
  nxdomain,
  servfail,
  silent,  ///< never answered
};

struct DnsAnswer {
  std::vector<std::string> addresses =
      {};  ///< IPv4 for A and IPv6 for AAAA; texts that are neither are ignored
  DnsOutcome outcome = DnsOutcome::answer;
  std::chrono::milliseconds delay{0};       ///< before any answer
  std::chrono::milliseconds aaaa_delay{0};  ///< before an answer to AAAA, on top of `delay`
  bool truncated_over_udp = false;  ///< UDP answers are empty with TC set: the client must come by TCP
  bool wrong_id_first = false;      ///< over UDP a forged answer (192.0.2.66) with another id goes first
  std::uint32_t ttl = 5;            ///< seconds
};

}  // namespace aluvia::sandbox
