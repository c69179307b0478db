// LiveFeed: renders the answer of /live for all viewers: the requests since the last answer, and the state of
// the proxy.
#pragma once

#include "admin/status_snapshot.hpp"
#include "base/secret_string.hpp"
#include "ledger/ledger.hpp"
#include "loop/deadline.hpp"
#include "telemetry/request_ring.hpp"
#include "telemetry/tunnel_groups.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace aluvia::admin {

/// Loop thread only.
class LiveFeed {
 public:
  struct Source {
    std::function<StatusSnapshot()> status;
    std::function<telemetry::TunnelGroups(std::size_t most)> tunnels;
    std::optional<double> price{};  ///< currency units per GB of gateway bytes
  };

  /// The other parameters outlive it.
  LiveFeed(loop::Loop& loop, Source source, telemetry::RequestRing& ring, ledger::Ledger& ledger);

  using Done = std::function<void(SecretString)>;

  /// Calls `done` with {"seq": …, "missed": …, "requests": […], "state": {…}}: at once, or for the first
  /// viewer in a later turn of the loop. With many viewers the state is rendered twice a second; an answer
  /// has at most 300 requests, the last ones.
  void answer(std::uint64_t since, Audience audience, Done done);

 private:
  struct Viewer {
    std::uint64_t since;
    Audience audience;
    Done done;
  };

  void add_up();
  void answer_waiting();
  SecretString text(std::uint64_t since, Audience audience);
  const SecretString& state(Audience audience);

  const Source source_;
  telemetry::RequestRing& ring_;
  ledger::Ledger& ledger_;
  std::array<SecretString, 2> states_;             // for each audience; empty: to be rendered
  std::optional<telemetry::TunnelGroups> groups_;  // of the state before; none: nothing has asked of late
  std::vector<Viewer> waiting_;                    // for the groups
  loop::Deadline fresh_;                           // frees the states
  loop::Deadline recount_;                         // adds up the tunnels again
  loop::Deadline reply_;                           // answers those that wait
  loop::Deadline idle_;                            // frees the groups
};

}  // namespace aluvia::admin
