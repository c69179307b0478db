// LiveAnswer: the answer of GET /live as values: finished requests, open tunnels, hosts and the state.
#pragma once

#include "base/result.hpp"
#include "control_client.hpp"
#include "telemetry/request_record.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::app {

class LiveAnswer {
 public:
  /// `json` is checked as little as needed: the proxy is this user's. Returns nothing if it is not an answer
  /// of /live.
  static std::optional<LiveAnswer> parse(std::string_view json);
  LiveAnswer(LiveAnswer&&) noexcept;
  LiveAnswer& operator=(LiveAnswer&&) noexcept;
  ~LiveAnswer();

  struct Request {
    telemetry::RequestRecord record;  ///< its views live as long as the answer
    std::string json;                 ///< the same as one line
  };
  struct RouteSums {
    std::uint64_t requests = 0;
    std::uint64_t bytes = 0;
  };
  struct Host {
    std::string_view host;
    std::uint64_t requests = 0;
    std::uint64_t failures = 0;
    std::uint64_t open = 0;
    std::uint64_t gateway_bytes = 0;
    std::uint64_t direct_bytes = 0;
    std::string_view last_error;
  };
  struct State {
    bool is_ready = false;
    std::string_view reason;  ///< of a proxy that is not ready
    std::string_view url;
    double uptime = 0;  ///< seconds
    std::string gateway;
    bool is_gateway_ok = true;
    std::optional<double> connect_ms;
    std::uint64_t warm = 0;
    std::uint64_t rules = 0;
    std::string_view geo;
    std::optional<double> last_poll_age;  ///< seconds
    std::uint64_t open_connections = 0;
    std::uint64_t open_tunnels = 0;
    RouteSums gateway_sums;
    RouteSums direct_sums;
  };

  std::uint64_t last() const noexcept { return last_; }      ///< number of the last request
  std::uint64_t missed() const noexcept { return missed_; }  ///< requests that were too many for the answer
  std::uint64_t unseen() const noexcept { return unseen_; }  ///< requests that were not kept
  const std::vector<Request>& requests() const noexcept { return requests_; }  ///< oldest first
  const std::vector<Host>& hosts() const noexcept { return hosts_; }           ///< most bytes first
  const State& state() const noexcept { return state_; }

 private:
  struct Json;
  LiveAnswer();
  bool read();

  std::unique_ptr<Json> json_;
  std::uint64_t last_ = 0;
  std::uint64_t missed_ = 0;
  std::uint64_t unseen_ = 0;
  std::vector<Request> requests_;
  std::vector<Host> hosts_;
  State state_;
};

/// Asks `proxy` for the requests after `since`, and for its state.
Result<LiveAnswer, CommandError> ask_live(const RunningProxy& proxy, std::uint64_t since);

}  // namespace aluvia::app
