// RequestRecord: describes one finished request or tunnel, for logs, terminals and accounting.
#pragma once

#include "policy/action.hpp"
#include "rules/route.hpp"
#include "telemetry/request_id.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace aluvia::telemetry {

/// The views hold during the call that passes the record.
struct RequestRecord {
  enum class Outcome {
    completed,  ///< the response was forwarded, or the tunnel has ended
    failed,     ///< the proxy answered with an error of its own, or had to cut the response
    aborted,    ///< the client left before the response was complete, or the proxy stopped
  };

  using Time = std::chrono::microseconds;

  RequestId id{};
  std::string_view client{};                      ///< address and port; empty if unknown
  std::chrono::system_clock::time_point begin{};  ///< when the head of the request was complete
  Time duration{0};                               ///< from then to the end of the response or tunnel
  Outcome outcome = Outcome::completed;
  bool is_tunnel = false;               ///< became one: CONNECT, SOCKS, or a 101
  bool is_cut_by_upstream = false;      ///< a tunnel that a fault of the upstream ended, such as a reset
  std::string_view method{};            ///< SOCKS for that protocol; empty if no request was understood
  std::string_view host{};              ///< canonical, as http::Authority; empty if none was understood
  std::uint16_t port = 0;               ///< 0: none was understood
  policy::Action action{};              ///< of the policy
  std::optional<rules::Route> route{};  ///< none: blocked, or rejected before a decision
  std::string_view rule{};              ///< the policy or rule that decided, or a phrase where none did
  std::uint64_t version = 0;            ///< configuration that decided; 0: none
  int status = 0;                       ///< sent to the client, for SOCKS its HTTP counterpart; 0: none
  std::string_view error{};             ///< RFC 9209 proxy error type; empty unless failed
  std::string_view reason{};            ///< one phrase for people; may be empty
  std::string_view path{};              ///< of a plain request, with the query; for logs that ask for it

  // On the wire between proxy and upstream, in all tries: heads and the CONNECT of the gateway count, TLS
  // with the gateway does not.
  std::uint64_t bytes_up = 0;    ///< written to the upstream
  std::uint64_t bytes_down = 0;  ///< received from it
  unsigned tries = 0;            ///< upstream connections that the request was sent or begun on
  bool is_reused = false;        ///< the last one was open before the request

  // Steps of the last try; none: it did not have this step, or failed before.
  std::optional<Time> dns{};         ///< look-up of the origin's or the gateway's name
  std::optional<Time> connect{};     ///< TCP, and TLS with the gateway
  std::optional<Time> gateway{};     ///< from the CONNECT to the gateway's answer
  std::optional<Time> first_byte{};  ///< from the begin of the request to the first byte of the response or
                                     ///< of the upstream's side of the tunnel
};

/// Returns "forward", "audit", "block", or "refuse" for a request that got no decision.
constexpr std::string_view action_name(const RequestRecord& record) noexcept {
  if (record.action == policy::Action::block || record.route) return policy::name(record.action);
  return "refuse";
}

/// Called on the loop, once for each request; must neither block nor throw.
using RequestObserver = std::function<void(const RequestRecord&)>;

}  // namespace aluvia::telemetry
