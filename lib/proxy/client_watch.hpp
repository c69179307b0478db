// Detects that a client has disconnected while the proxy waits on its behalf and does not read from it.
#pragma once

#include "loop/deadline.hpp"
#include "loop/task.hpp"
#include "loop/task_group.hpp"
#include "net/stream.hpp"
#include "proxy/gateway/spare_tunnels.hpp"
#include "proxy/limits.hpp"
#include "proxy/open_request.hpp"

#include <functional>
#include <optional>

namespace aluvia::proxy {

class EarlyHello;

/// Time until a disconnect is noticed.
inline constexpr std::chrono::milliseconds look_interval{1000};

/// Tells if a client is still connected. It queries the socket and does not read from it.
class ClientPresence {
 public:
  ClientPresence(net::Stream& client, const Limits& limits) : client_(client), limits_(limits) {}

  /// One that has ended its side may still want the answer, as `nc -N` does; most are gone. It gets
  /// limits.half_closed_client, counted from the last byte that moved: as long as bytes move there is nothing
  /// to ask, for one that had gone would answer them with a reset.
  bool has_left(loop::TimePoint now, loop::TimePoint last_progress);

 private:
  net::Stream& client_;
  const Limits& limits_;
  std::optional<loop::TimePoint> half_closed_since_;
};

/// A client, the means to end the task that serves it, and what its request costs.
struct Caller {
  net::Stream& client;
  loop::TaskStop stop;
  OpenRequest& account;
  EarlyHello* early = nullptr;               ///< the client has had its answer; null: it waits for it
  SpareTunnels::Opening* opening = nullptr;  ///< of a CONNECT, else null
  const std::string* received = nullptr;     ///< bytes that followed the CONNECT
};

/// Waits until the client has left or sent something, or cancel() is called on it. True: it has left, and has
/// sent nothing before.
loop::Task<bool> leaves_silently(net::Stream& client);

/// Ends the caller's task once its client has gone, as long as the watch lives. On the loop.
class ClientWatch {
 public:
  /// `on_leaving` is called before.
  ClientWatch(net::Stream& client, loop::TaskStop stop, const Limits& limits,
              std::function<void()> on_leaving);

 private:
  void look();

  loop::TaskStop stop_;
  loop::TimePoint begin_;
  ClientPresence presence_;
  std::function<void()> on_leaving_;
  loop::Deadline next_look_;
};

}  // namespace aluvia::proxy
