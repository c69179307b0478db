// Asks for the configuration on behalf of requests whose credentials the gateway refused: once for all of
// them, and not again and again where that does not help. Who fetches it is not known here.
#pragma once

#include "config/live_config.hpp"
#include "net/asio.hpp"
#include "proxy/limits.hpp"

#include <functional>
#include <memory>

namespace aluvia::proxy {

/// Loop thread only. Must outlive the tasks that wait.
class Refresher {
 public:
  /// Begins to fetch the configuration. `done` is to be called on the loop once it has been fetched and
  /// published, or could not be; it may be dropped, and may be called after the proxy has gone.
  using Request = std::function<void(std::function<void()> done)>;

  /// Without a `request` nothing is ever asked.
  Refresher(net::Loop& loop, const Limits& limits, const config::LiveConfig& live, Request request);
  Refresher(const Refresher&) = delete;
  Refresher& operator=(const Refresher&) = delete;

  /// Returns whether the gateway can be asked with other credentials than those of `refused`. They may have
  /// come meanwhile; else the configuration is fetched, at once, and waited for, up to limits.refresh. It is
  /// not fetched where the last fetch ended less than limits.refresh_again ago and brought no others.
  net::Task<bool> renew(config::Snapshot refused);

 private:
  struct State;

  bool has_others_than(const config::Snapshot& refused) const noexcept;
  bool was_fruitless(net::TimePoint now) const noexcept;

  net::Loop& loop_;
  const Limits& limits_;
  const config::LiveConfig& live_;
  Request request_;
  std::shared_ptr<State> state_;
};

}  // namespace aluvia::proxy
