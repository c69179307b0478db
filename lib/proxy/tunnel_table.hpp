// TunnelTable: owns every open tunnel: two streams, the relay between them, and the route decision. An open
// tunnel needs no task and no buffer. It ends when both sides have ended, one failed, or it was idle for too
// long.
#pragma once

#include "base/logger.hpp"
#include "loop/deadline.hpp"
#include "net/pipe_pool.hpp"
#include "net/stream.hpp"
#include "proxy/client_shares.hpp"
#include "proxy/limits.hpp"
#include "proxy/request_reporter.hpp"
#include "proxy/router.hpp"
#include "telemetry/counters.hpp"
#include "telemetry/tunnel_groups.hpp"
#include "telemetry/tunnel_view.hpp"

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>

namespace aluvia::proxy {

/// Loop thread only.
class TunnelTable {
 public:
  TunnelTable(const Limits& limits, telemetry::Counters& counters, RequestReporter& reporter,
              const Logger& logger, std::span<char> loop_buffer, net::PipePool& pipes, ClientShares& shares);
  ~TunnelTable();
  TunnelTable(const TunnelTable&) = delete;
  TunnelTable& operator=(const TunnelTable&) = delete;

  struct Ends {
    net::Stream client;
    net::Stream upstream;
    std::string to_upstream;  ///< bytes of the client read before the tunnel stood
    std::string to_client;    ///< bytes of the upstream, likewise
  };
  /// The request that became a tunnel. The account moves into the tunnel.
  struct Request {
    std::string method;
    int status;  ///< of the response that opened the tunnel
    OpenRequest& account;
    std::unique_ptr<const std::string> client;  ///< its address, for records that have it
  };
  void open(Ends ends, http::Authority authority, Decision decision, Request request);

  /// The tunnels that a new configuration ends, counted by reason.
  struct Ending {
    std::size_t rerouted = 0;     ///< their route flipped
    std::size_t renewed = 0;      ///< the gateway's credentials, session or geo changed
    std::size_t over_budget = 0;  ///< a budget of theirs is used up
    std::size_t total() const noexcept { return rerouted + renewed; }
  };

  /// Routes every tunnel again after a new snapshot, `asked_per_turn` in each turn of the loop, the first
  /// ones at once, and then calls `done`, unless it is null. A tunnel with another route ends when it is
  /// idle, or when the drain time is over, and at once where a budget is used up; the others are not changed.
  /// Many tunnels end in several turns, so that other connections do not wait. A walk that is under way ends
  /// here, because this one asks its tunnels, too. `router` outlives the table.
  using Done = std::function<void(const Ending&)>;
  void reconsider(const Router& router, Done done);

  /// Asking one takes 0.5 us, and 2 us where budgets or networks count.
  static constexpr std::size_t asked_per_turn = 512;

  std::size_t size() const noexcept { return tunnels_.size(); }
  /// Returns the open tunnels, at most `most`.
  telemetry::TunnelViews view(std::size_t most) const;
  /// Returns the groups with most bytes, at most `most`. Takes a millisecond for 10,000 tunnels.
  telemetry::TunnelGroups group(std::size_t most) const;
  /// Ends every tunnel now.
  void end_all();
  /// Sets the callback for the end of a tunnel.
  void on_end(std::function<void()> action) { on_end_ = std::move(action); }

 private:
  class Tunnel;
  using Place = std::list<Tunnel>::iterator;
  // A reconsider() that has not asked all tunnels yet.
  struct Walk {
    const Router& router;
    Place next;
    Ending ending;
    Done done;
  };
  void remove(Place place);
  void take_turn();
  void ask_some();
  void ask(Tunnel& tunnel);
  void end_walk();
  void end_pending();

  const Limits& limits_;
  telemetry::Counters& counters_;
  RequestReporter& reporter_;
  const Logger& logger_;
  std::span<char> loop_buffer_;
  net::PipePool& pipes_;
  ClientShares& shares_;
  std::list<Tunnel> tunnels_;
  std::optional<Walk> walk_;
  std::unordered_set<Tunnel*> pending_;  // to be asked whether they are quiet
  std::optional<loop::Deadline> next_turn_;
  std::function<void()> on_end_;
};

}  // namespace aluvia::proxy
