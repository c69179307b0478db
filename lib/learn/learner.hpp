// Learner: turns evidence that sites block direct requests into the hosts that AUTO learns. It has neither
// I/O nor a clock: every call gets the time.
//
//   evidence              effect
//   report                learned at once
//   reset, refusal,       the third within ten minutes learns, once another request has had an answer since
//   silence               the first of them: without that, the network may be down
//   challenge             suggested only
//
// A learned host ends after 24 hours. Then direct is tried again: an answer forgets the host, and one failure
// or report learns it again.
#pragma once

#include "learn/aged_map.hpp"
#include "learn/host_state.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::learn {

struct LearnerLimits {
  std::size_t hosts = 1000;         ///< the oldest goes first
  std::size_t suspects = 1000;      ///< hosts with failures that are not enough; the oldest goes first
  unsigned failures = 3;            ///< that learn a host
  std::chrono::minutes window{10};  ///< in which they must come
  std::chrono::seconds spacing{1};  ///< failures in less are one: browsers open several connections at once
  std::chrono::hours lifetime{24};  ///< of a learned or suggested host, and of the time to retry
};

struct Change {
  enum class What {
    learned,
    suggested,
    retried,    ///< its end has come
    forgotten,  ///< direct works again, the user wanted it, or nothing came of it in time
    displaced,  ///< there were too many
  };
  What what = What::learned;
  HostState host;
};

/// One thread at a time.
class Learner {
 public:
  using Limits = LearnerLimits;
  explicit Learner(Mode mode, Limits limits = {});

  /// Precondition: the host may be learned: see is_public_name(), and it takes the direct route now.
  void add(const Evidence& evidence, Time now);
  /// A request had an answer: from the site itself if `is_direct`.
  void answered(std::string_view host, bool is_direct, Time now);
  /// Moves hosts on whose end has come. Call it at next_end(), and before hosts are used.
  void expire(Time now);
  bool forget(std::string_view host);
  std::size_t forget_all();
  /// Takes the hosts of an earlier run, which may have been kept by another mode or clock.
  void restore(std::vector<HostState> hosts, Time now);

  Mode mode() const noexcept { return mode_; }
  const HostState* find(std::string_view host) const { return hosts_.find(host); }
  std::vector<HostState> list() const { return {hosts_.begin(), hosts_.end()}; }  ///< oldest first
  /// Returns the hosts that take the gateway.
  std::vector<std::string> learned() const;
  std::size_t count(HostState::State state) const noexcept;
  std::optional<Time> next_end() const;

  /// Returns what the calls since the last one have changed, in order.
  std::vector<Change> take_changes();

 private:
  // A host with failures that is not learned.
  struct Failure {
    Time time;
    EvidenceKind kind;
  };
  struct Suspect {
    std::string host;
    std::vector<Failure> failures;  // within the window, oldest first
  };

  void add_failure(const Evidence& evidence, Time now);
  bool is_enough(const Suspect& suspect) const;
  void decide(const Suspect& suspect, Time now);
  void put(std::string_view host, HostState::State state, std::string evidence, Time now);
  void note(Change::What what, HostState host);
  static std::string text_of(const Suspect& suspect);

  const Mode mode_;
  const Limits limits_;
  AgedMap<HostState> hosts_;  // by their end: all last equally long
  AgedMap<Suspect> suspects_;
  std::vector<std::string>
      unproven_;  // suspects with enough failures, which wait for an answer to any request
  Time last_answer_ = Time::min();
  std::vector<Change> changes_;
  std::array<std::size_t, 3> counts_{};  // of hosts_, by state
};

}  // namespace aluvia::learn
