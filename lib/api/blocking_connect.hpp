// BlockingConnector: connects a TCP socket to a host name and port within a time limit. It blocks, for the
// poll thread only; the data plane connects on the event loop.
//
// It cannot go: cpp-httplib gives every address the whole time-out, does not tell the reasons of a failure
// apart, and cannot be cancelled. The look-up has a thread of its own, because getaddrinfo() cannot be
// interrupted: a call that is over leaves it behind, and the next call waits for that look-up instead of
// starting another.
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

class BlockingConnector {
 public:
  /// `shown` is host and port for people. `limit` is for look-up and connect together, over all addresses.
  BlockingConnector(std::shared_ptr<CallWatchdog> watchdog, std::string host, std::uint16_t port,
                    std::string shown, std::chrono::milliseconds limit);

  /// A connected, blocking socket that the watchdog watches and the caller closes.
  Result<int, ApiError> connect();

 private:
  struct Lookup;
  std::shared_ptr<Lookup> start_look_up() const;
  Result<std::vector<Address>, ApiError> look_up(CallWatchdog::Clock::time_point limit);
  Result<int, ApiError> connect_to(const Address& address, CallWatchdog::Clock::time_point limit);
  ApiError failure(ApiError::Cause cause, const std::string& reason) const;
  std::string time_out() const;

  std::shared_ptr<CallWatchdog> watchdog_;
  std::string host_;
  std::uint16_t port_;
  std::string shown_;
  std::chrono::milliseconds limit_;
  std::shared_ptr<Lookup> pending_;
};

/// "5 s", "200 ms".
std::string shown_duration(std::chrono::milliseconds duration);

}  // namespace aluvia::api
