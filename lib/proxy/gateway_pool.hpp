// Warm connections to the gateway: connected, and for https shaken hands with, but without a request yet. A
// new tunnel that takes one saves the round trips of connecting. As many are kept as were asked for lately;
// where nothing goes through the gateway there are none, and nothing wakes up.
#pragma once

#include "base/logger.hpp"
#include "config/user_network_config.hpp"
#include "net/stream.hpp"
#include "net/task_group.hpp"
#include "proxy/limits.hpp"
#include "proxy/outbound.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace aluvia::proxy {

/// Loop thread only. Must outlive its tasks: close() it, and wait for when_idle().
class GatewayPool {
 public:
  /// `most`: connections that are kept at the same time; 0 turns the pool off.
  GatewayPool(net::Loop& loop, Outbound& outbound, const Limits& limits, const Logger& logger,
              std::size_t most);
  GatewayPool(const GatewayPool&) = delete;
  GatewayPool& operator=(const GatewayPool&) = delete;

  /// The configuration from now on. What was connected for another gateway, account, session or place is
  /// thrown away, and the gateway's addresses are looked up.
  void follow(const config::Snapshot& snapshot);

  /// A connection to the gateway of now that was quiet a moment ago, or none. Either way it counts as demand:
  /// connections for those who come next are begun.
  std::optional<net::Stream> take();

  void close();
  /// Calls `then` once, as soon as no task runs. After close().
  void when_idle(std::function<void()> then) { tasks_.when_empty(std::move(then)); }
  bool is_idle() const noexcept { return tasks_.size() == 0; }

  std::size_t size() const noexcept { return idle_.size(); }

 private:
  struct Idle {
    net::Stream stream;
    net::TimePoint since;
  };

  void drop_all();
  void note_demand();
  std::size_t wanted();
  void refill();
  net::Task<void> connect_one(config::Snapshot snapshot);
  void watch();
  void sweep();

  Outbound& outbound_;
  const Limits& limits_;
  const Logger& logger_;
  const std::size_t most_;
  config::Snapshot snapshot_;
  std::vector<Idle> idle_;             // the oldest first
  std::deque<net::TimePoint> demand_;  // when one was asked for, at most `most_` of them
  std::size_t connecting_ = 0;
  bool closed_ = false;
  net::Timer sweeper_;
  net::TaskGroup tasks_;
};

}  // namespace aluvia::proxy
