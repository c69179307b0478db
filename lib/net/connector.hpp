// Connects to one of several addresses by Happy Eyeballs (RFC 8305): families interleave, the next attempt
// starts 250 ms after the last one or as soon as it fails, the first that succeeds wins, and the others are
// closed.
#pragma once

#include "base/result.hpp"
#include "loop/event.hpp"
#include "net/endpoint.hpp"
#include "net/socket.hpp"

#include <list>
#include <optional>
#include <vector>

namespace aluvia::net {

/// RFC 8305 §8: Connection Attempt Delay.
inline constexpr std::chrono::milliseconds connection_attempt_delay{250};

/// `addresses` in the order of RFC 8305 §4: the families alternate, beginning with the first one's.
std::vector<Address> interleave_families(std::vector<Address> addresses);

/// The attempts of one connect. Lives in the frame of the task that wants the connection: its destruction
/// ends all attempts. Loop thread only.
class Connector {
 public:
  /// Begins. Precondition: `addresses` is not empty.
  Connector(const loop::Executor& executor, std::vector<Address> addresses, std::uint16_t port,
            loop::TimePoint deadline);
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  /// Waits for the first attempt that succeeds, or for the end of all.
  loop::Event::UntilSet finished() noexcept { return over_.wait(); }

  /// After finished(): the connected socket, with TCP_NODELAY set. Errors: timed_out when the deadline has
  /// passed, else what the last address failed with.
  Result<Socket> result();

 private:
  class Attempt final : public loop::Waiter {
   public:
    Attempt(Connector& all, Socket socket);
    Socket& socket() noexcept { return socket_; }

   private:
    void on_event(std::error_code error) override;

    Connector& all_;
    Socket socket_;
  };

  void start_next();
  bool is_trying() const noexcept { return first_ || !others_.empty(); }
  void on_outcome(Attempt& attempt, std::error_code error);
  void end(std::error_code error);

  const loop::Executor executor_;
  const std::vector<Address> addresses_;
  const std::uint16_t port_;
  std::size_t next_ = 0;          // of addresses_
  std::optional<Attempt> first_;  // usually the only one
  std::list<Attempt> others_;
  loop::Deadline pace_;  // starts the next attempt
  loop::Deadline limit_;
  loop::Event over_;
  std::optional<Socket> winner_;
  std::error_code error_;
};

}  // namespace aluvia::net
