// Warm connections to the gateway: connected, and for https shaken hands with, but without a request yet. A
// new tunnel that takes one saves the round trips of connecting. As many are kept as were asked for lately,
// or as the last page of the same host asked for; where nothing goes through the gateway there are none, and
// nothing wakes up.
#pragma once

#include "base/logger.hpp"
#include "config/user_network_config.hpp"
#include "loop/deadline.hpp"
#include "loop/task_group.hpp"
#include "net/stream.hpp"
#include "proxy/gateway/burst_forecast.hpp"
#include "proxy/limits.hpp"
#include "proxy/upstream/upstream_connector.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace aluvia::proxy {

/// Loop thread only. Must outlive its tasks: close() it, and wait for when_idle().
class WarmPool {
 public:
  /// Keeps at most `most` connections; 0 turns the pool off.
  WarmPool(loop::Loop& loop, UpstreamConnector& outbound, const Limits& limits, const Logger& logger,
           std::size_t most);
  WarmPool(const WarmPool&) = delete;
  WarmPool& operator=(const WarmPool&) = delete;

  /// Sets the configuration. Closes connections of another gateway, account, session or geo, and looks up the
  /// addresses of the gateway.
  void follow(const config::Snapshot& snapshot);

  /// Returns a connection to the current gateway that was quiet a moment ago, or none. Counts as demand of a
  /// request to `host`: new connections are opened for the next requests.
  std::optional<net::Stream> take(std::string_view host);

  /// Takes a connection of `snapshot` that has carried nothing yet, for a later take().
  void keep(net::Stream unused, const config::Snapshot& snapshot);

  /// Opens and keeps no connections while the gateway must not be used.
  void hold(bool is_held);

  void close();
  /// Calls `then` once, as soon as no task runs. After close().
  void when_idle(std::function<void()> then) { tasks_.when_empty(std::move(then)); }
  bool is_idle() const noexcept { return tasks_.size() == 0; }

  std::size_t size() const noexcept { return idle_.size(); }
  /// Return how many calls of take() got a connection, and how many found none.
  std::uint64_t hits() const noexcept { return hits_; }
  std::uint64_t misses() const noexcept { return misses_; }

 private:
  struct Idle {
    net::Stream stream;
    loop::TimePoint since;
  };

  void drop_all();
  void note_demand(std::string_view host);
  void trim_demand();
  std::size_t wanted();
  void refill();
  loop::Task<void> connect_one(config::Snapshot snapshot);
  void watch();
  void sweep();

  UpstreamConnector& outbound_;
  const Limits& limits_;
  const Logger& logger_;
  const std::size_t most_;
  config::Snapshot snapshot_;
  std::vector<Idle> idle_;              // the oldest first
  std::deque<loop::TimePoint> demand_;  // when one was asked for, at most `most_` of them
  BurstForecast forecast_;
  loop::TimePoint burst_begin_{};
  std::size_t connecting_ = 0;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
  bool closed_ = false;
  bool is_held_ = false;
  loop::Deadline sweeper_;
  loop::TaskGroup tasks_;
};

}  // namespace aluvia::proxy
