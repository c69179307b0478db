// Asks for the configuration on behalf of requests whose credentials the gateway refused: once for all of
// them, and not again and again where that does not help. Who fetches it is not known here.
#pragma once

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
  Refresher(net::Loop& loop, const Limits& limits, Request request);
  Refresher(const Refresher&) = delete;
  Refresher& operator=(const Refresher&) = delete;

  /// Waits until the configuration is as new as it gets. False, at once: it has been asked for a moment ago
  /// and what came did not help; or there is nobody to ask. False after limits.refresh: no answer.
  net::Task<bool> refresh();

 private:
  struct State;

  net::Loop& loop_;
  const Limits& limits_;
  Request request_;
  std::shared_ptr<State> state_;
};

}  // namespace aluvia::proxy
