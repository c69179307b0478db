// ExchangeWatch: the clock of an exchange. It tells a stall and a client that has left from a slow transfer.
#pragma once

#include "loop/deadline.hpp"
#include "net/stream.hpp"
#include "proxy/client_watch.hpp"
#include "proxy/limits.hpp"

#include <functional>

namespace aluvia::proxy {

/// Loop thread only. The client's stream outlives it.
class ExchangeWatch {
 public:
  /// Calls `look` once after each begin() and look_again(), after `look_interval` or when a stall is due.
  ExchangeWatch(net::Stream& client, const Limits& limits, std::function<void()> look);

  /// Begins a phase: the time of a stall counts from now.
  void begin();
  void end() noexcept { deadline_.clear(); }

  /// Records when bytes moved last. Returns true if no byte has moved for Limits::stall in this phase.
  bool has_stalled(loop::TimePoint now, loop::TimePoint progress);
  /// Returns true if the client has disconnected. Asks the kernel, because no pump reads from the client
  /// while the proxy waits for an upstream. Call it after has_stalled().
  bool has_client_left(loop::TimePoint now);
  void look_again(loop::TimePoint now);

  /// Results of the last look.
  bool is_stalled() const noexcept { return is_stalled_; }
  bool is_client_gone() const noexcept { return is_client_gone_; }
  /// Returns when the phase began.
  loop::TimePoint begun() const noexcept { return begun_; }

 private:
  const Limits& limits_;
  loop::Deadline deadline_;
  ClientPresence presence_;
  loop::TimePoint begun_;
  loop::TimePoint progress_;
  bool is_stalled_ = false;
  bool is_client_gone_ = false;
};

}  // namespace aluvia::proxy
