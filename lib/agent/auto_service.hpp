// AutoService: feeds the learner with reports and finished requests, publishes what it learns, and keeps it
// in the state directory. Private to the module.
#pragma once

#include "admin/auto_view.hpp"
#include "admin/commands.hpp"
#include "agent/learned_store.hpp"
#include "base/logger.hpp"
#include "base/result.hpp"
#include "http/authority.hpp"
#include "learn/learner.hpp"
#include "loop/deadline.hpp"
#include "loop/loop.hpp"
#include "proxy/router.hpp"
#include "telemetry/request_record.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aluvia::agent {

/// Loop thread only, or before the loop runs.
class AutoService {
 public:
  /// Its functions are called on the loop.
  struct Planes {
    std::function<proxy::Decision(const http::Authority&)> decide;
    /// Makes a snapshot with the hosts. Calls `done` on the loop when it is in force, or never where the
    /// proxy stops first.
    std::function<void(std::vector<std::string> hosts, std::function<void()> done)> publish;
    /// Runs `work` on a thread that may block. Empty: nothing is kept.
    std::function<void(std::function<void()> work)> run_off_loop;
  };

  /// Reads the hosts of earlier runs; `directory` is empty if nothing is kept. The error completes
  /// "cannot use …: ".
  static Result<std::unique_ptr<AutoService>, std::string> open(loop::Loop& loop, learn::Mode mode,
                                                                const std::string& directory,
                                                                const Logger& logger);

  /// Returns the hosts that take the gateway.
  std::vector<std::string> learned() const { return learner_.learned(); }
  /// Comes before all calls below.
  void connect(Planes planes);

  void observe(const telemetry::RequestRecord& record);
  void observe_open(const telemetry::RequestRecord& record);
  /// Takes the report of a client. Calls `done` when its effect is in force.
  void report(const admin::BlockReport& report, std::function<void(admin::BlockEffect)> done);
  /// Forgets the hosts, or all if there are none. The error is a sentence; then none is forgotten.
  void forget(const std::vector<std::string>& hosts, std::function<void(admin::ForgetResult)> done);

  admin::AutoStatus status() const;
  std::vector<learn::HostState> hosts() const { return learner_.list(); }
  const learn::HostState* find(std::string_view host) const { return learner_.find(host); }

  /// Hands the last changes to the disk. The loop can then end.
  void finish();

 private:
  AutoService(loop::Loop& loop, learn::Mode mode, std::shared_ptr<LearnedStore> store, const Logger& logger);

  // Empty, or the reason why evidence about a host has no effect.
  std::string obstacle(const http::Authority& site, const proxy::Decision& decision) const;
  void expire();
  void settle();
  void log(const learn::Change& change) const;
  void plan_expiry();
  void publish();
  void when_in_force(std::function<void()> done);
  void save();

  // A change of the learned hosts compiles all rules: under a flood of reports at most four a second.
  struct Publishing {
    std::vector<std::string> hosts;                // of the last one
    std::vector<std::function<void()>> waiting;    // for the next one
    std::vector<std::function<void()>> in_flight;  // for the current one
    bool is_running = false;
    bool is_due = false;
  };
  struct Timers {
    Timers(AutoService& service, const loop::Executor& executor);

    loop::Deadline expiry;
    loop::Deadline publish;
    loop::Deadline save;
  };

  const Logger logger_;
  const std::shared_ptr<LearnedStore> store_;  // null: nothing is kept
  learn::Learner learner_;
  Planes planes_;
  Publishing publishing_;
  std::optional<Timers> timers_;  // empty after finish()
  // The site that was opened last, for a challenge that follows it.
  http::Authority last_site_;
  learn::Time last_site_time_{};
};

}  // namespace aluvia::agent
