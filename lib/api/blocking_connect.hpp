// From a host name and a port to a connected TCP socket, within a time limit. Blocking, for the poll thread
// only; it knows nothing of TLS and HTTP. (The data plane dials on the event loop, in another room.)
//
// The look-up has a thread of its own, because getaddrinfo() cannot be interrupted: a call that is over
// leaves it behind, and the next call waits for the same look-up instead of starting one more.
#pragma once

#include "api/call_watchdog.hpp"
#include "api/user_api.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <netdb.h>
#include <sys/socket.h>

namespace aluvia::api {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

class Dialer {
 public:
  /// `shown` is host and port for people. `limit` is for look-up and connect together, over all addresses.
  Dialer(std::shared_ptr<CallWatchdog> guard, std::string host, std::uint16_t port, std::string shown,
         std::chrono::milliseconds limit);

  /// A connected, blocking socket that the guard watches and the caller closes.
  Result<int, ApiError> dial();

 private:
  struct LookUp;
  std::shared_ptr<LookUp> start_look_up() const;
  Result<std::vector<Address>, ApiError> look_up(CallWatchdog::Clock::time_point limit);
  Result<int, ApiError> connect_to(const Address& address, CallWatchdog::Clock::time_point limit);
  ApiError failure(ApiError::Cause cause, const std::string& reason) const;
  std::string time_out() const;

  std::shared_ptr<CallWatchdog> guard_;
  std::string host_;
  std::uint16_t port_;
  std::string shown_;
  std::chrono::milliseconds limit_;
  std::shared_ptr<LookUp> pending_;
};

/// "5 s", "200 ms".
std::string shown_duration(std::chrono::milliseconds duration);

}  // namespace aluvia::api
