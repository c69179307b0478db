// Asks for the configuration on behalf of requests whose credentials the gateway refused: once for all of
// them, and not again and again where that does not help. Who fetches it is not known here.
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

  /// Without a `request` nothing is ever asked.
  CredentialRefresh(loop::Loop& loop, const Limits& limits, const Router& router, Request request);
  CredentialRefresh(const CredentialRefresh&) = delete;
  CredentialRefresh& operator=(const CredentialRefresh&) = delete;

  /// Returns whether a request to `authority` is sent otherwise now than by `refused`: with other
  /// credentials, or straight to the site. They may have come meanwhile; else the configuration is fetched,
  /// at once, and waited for, up to limits.refresh. It is not fetched where the last fetch ended less than
  /// limits.refresh_again ago and brought no other credentials.
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
