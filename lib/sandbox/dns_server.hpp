// DnsServer: answers every name with this machine, unless a test sets another answer. UDP and TCP on the same
// port.
#pragma once

#include "sandbox/dns_answer.hpp"
#include "sandbox/dns_message.hpp"
#include "sandbox/record.hpp"
#include "sandbox/serving.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>

namespace aluvia::sandbox {

/// Returns the response for a name that was not configured: 127.0.0.1; NXDOMAIN below .invalid; no response
/// if the first label is `silent`, SERVFAIL if it is `servfail`.
DnsAnswer default_dns_answer(std::string_view name);

/// Loop thread only, except for construction, which throws std::system_error if the port is taken.
class DnsServer {
 public:
  DnsServer(asio::io_context& context, std::uint16_t port, RecordBook& book, TaskSet& tasks);

  std::uint16_t port() const noexcept { return tcp_.port(); }
  void start();
  /// `name` in any letter case.
  void set(std::string_view name, DnsAnswer answer);

 private:
  asio::awaitable<void> serve_udp();
  asio::awaitable<void> answer_udp(DnsQuery query, asio::ip::udp::endpoint client);
  asio::awaitable<void> serve_tcp(Wire& wire);
  DnsAnswer look_up(const DnsQuery& query, bool over_tcp);

  RecordBook& book_;
  TaskSet& tasks_;
  Listener tcp_;
  asio::ip::udp::socket udp_;
  std::map<std::string, DnsAnswer, std::less<>> answers_;
};

}  // namespace aluvia::sandbox
