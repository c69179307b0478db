// CredentialRefresh: fetches the configuration for requests whose credentials the gateway rejected, once for
// all of them, and not repeatedly if that does not help. A callback does the fetch.
#pragma once

#include "http/authority.hpp"
#include "loop/task.hpp"
#include "proxy/limits.hpp"
#include "proxy/router.hpp"

#include <functional>
#include <memory>

namespace aluvia::proxy {

/// Loop thread only. Must outlive the tasks that wait.
class CredentialRefresh {
 public:
  /// Begins to fetch the configuration. `done` is to be called on the loop once it has been fetched and
  /// published, or could not be; it may be dropped, and may be called after the proxy has gone.
  using Request = std::function<void(std::function<void()> done)>;

  /// An empty `request` turns the refresh off.
  CredentialRefresh(loop::Loop& loop, const Limits& limits, const Router& router, Request request);
  CredentialRefresh(const CredentialRefresh&) = delete;
  CredentialRefresh& operator=(const CredentialRefresh&) = delete;

  /// Returns true if a request to `authority` now has other credentials than `refused`, or goes directly.
  /// They may have come meanwhile; else the configuration is fetched, at once, and waited for, up to
  /// limits.refresh. It is not fetched where the last fetch ended less than limits.refresh_again ago and
  /// brought no other credentials.
  loop::Task<bool> renew(const Decision& refused, const http::Authority& authority);

 private:
  struct State;

  bool was_fruitless(loop::TimePoint now, const config::Snapshot& current) const noexcept;

  loop::Loop& loop_;
  const Limits& limits_;
  const Router& router_;
  Request request_;
  std::shared_ptr<State> state_;
};

}  // namespace aluvia::proxy
