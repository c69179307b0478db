// UsageService: saves the ledger's changes while there are some, and answers questions about traffic: from
// the state directory, or without one from the ledger. Private to the module.
#pragma once

#include "admin/status_snapshot.hpp"
#include "base/logger.hpp"
#include "base/result.hpp"
#include "ledger/ledger.hpp"
#include "loop/deadline.hpp"
#include "loop/loop.hpp"
#include "proxy/budget_keeper.hpp"
#include "usage/usage_store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace aluvia::agent {

/// Loop thread only, or before the loop runs.
class UsageService {
 public:
  struct Options {
    std::string directory;        ///< empty: nothing is kept
    std::optional<double> price;  ///< currency units per GB of gateway bytes
  };

  /// `loop` and `ledger` must live longer. The error completes "cannot use …: ".
  static Result<std::unique_ptr<UsageService>, std::string> open(loop::Loop& loop, ledger::Ledger& ledger,
                                                                 const Options& options,
                                                                 const Logger& logger);

  /// Calls `done` on the loop, maybe at once, or never where the loop ends first.
  void report(const ledger::UsageQuery& query, std::function<void(admin::UsageResult)> done);
  /// Calls `done` likewise with the gateway bytes of each host since `since`, or the reason why they are not
  /// known.
  void gateway_bytes(ledger::Seconds since, proxy::BudgetOptions::Answer done);
  /// Returns a function that runs its argument on the store's thread, or an empty one if nothing is kept. It
  /// must not be called after the end of this object.
  std::function<void(std::function<void()>)> off_loop();
  /// Returns the hosts with most bytes of this run, those of the gateway first.
  std::vector<ledger::UsageRow> largest_hosts(std::size_t most) const;
  /// Hands the last changes to the store. Call it when the proxy counts no more; the loop can then end.
  void finish();
  /// Waits until the store has saved them: not on the loop while it serves.
  ~UsageService() = default;

 private:
  UsageService(loop::Loop& loop, ledger::Ledger& ledger, std::optional<double> price,
               std::unique_ptr<usage::UsageStore> store);

  void save();
  ledger::UsageReport report_of_run(const ledger::UsageQuery& query) const;

  loop::Loop& loop_;
  ledger::Ledger& ledger_;
  const std::optional<double> price_;
  const ledger::Seconds started_;
  std::unique_ptr<usage::UsageStore> store_;     // null: nothing is kept
  std::optional<loop::Deadline> save_deadline_;  // set while there are changes that the store has not
};

}  // namespace aluvia::agent
