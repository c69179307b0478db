#include "agent/usage_service.hpp"

#include "usage/state_folder.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace aluvia::agent {
namespace {

using ledger::UsageQuery;
using ledger::UsageReport;

// A crash loses at most this. It is longer than a page load, so that one transaction takes all of its hosts.
constexpr auto save_interval = std::chrono::seconds(10);

ledger::Seconds now() {
  const auto time = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<ledger::Seconds>(
      std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(time).count(), 0));
}

}  // namespace

Result<std::unique_ptr<UsageService>, std::string> UsageService::open(loop::Loop& loop,
                                                                      ledger::Ledger& ledger,
                                                                      const Options& options,
                                                                      const Logger& logger) {
  std::unique_ptr<usage::UsageStore> store;
  if (!options.directory.empty()) {
    auto file = usage::make_usage_file(options.directory);
    if (!file) return Err{std::move(file.error())};
    store = std::make_unique<usage::UsageStore>(std::move(*file), logger, now);
  }
  return std::unique_ptr<UsageService>(new UsageService(loop, ledger, options.price, std::move(store)));
}

UsageService::UsageService(loop::Loop& loop, ledger::Ledger& ledger, std::optional<double> price,
                           std::unique_ptr<usage::UsageStore> store)
    : loop_(loop), ledger_(ledger), price_(price), started_(now()), store_(std::move(store)) {
  if (!store_) return;
  save_deadline_.emplace(loop_.get_executor(), [this] { save(); });
  ledger_.track_changes([this] {
    if (save_deadline_) save_deadline_->set_after(save_interval);
  });
}

void UsageService::save() {
  if (auto changes = ledger_.take_changes(); !changes.empty()) store_->save(std::move(changes));
}

std::function<void(std::function<void()>)> UsageService::off_loop() {
  if (!store_) return {};
  return [this](std::function<void()> work) { store_->run_off_loop(std::move(work)); };
}

void UsageService::finish() {
  if (!store_) return;
  save_deadline_.reset();
  save();
}

void UsageService::report(const UsageQuery& query, std::function<void(admin::UsageResult)> done) {
  if (!store_ && query.by == ledger::UsageBy::day)
    return done(Err{
        std::string("cannot show usage by day: the proxy keeps no state; start it with a state directory")});
  if (!store_) return done(report_of_run(query));
  save();
  store_->read(query, [this, done = std::move(done)](UsageReport report) {
    loop_.post([done, price = price_, report = std::move(report)]() mutable {
      report.price = price;
      done(std::move(report));
    });
  });
}

void UsageService::gateway_bytes(ledger::Seconds since, proxy::BudgetOptions::Answer done) {
  report({ledger::UsageBy::host, since}, [done = std::move(done)](const admin::UsageResult& usage) {
    if (!usage) return done(Err{usage.error()});
    if (usage->is_unread) return done(Err{usage->problem});
    proxy::GatewayBytes out;
    out.total = usage->total.of(rules::Route::gateway).bytes();
    for (const ledger::UsageRow& row : usage->rows)
      out.hosts.emplace_back(row.name, row.of(rules::Route::gateway).bytes());
    done(std::move(out));
  });
}

UsageReport UsageService::report_of_run(const UsageQuery& query) const {
  ledger::UsageTable table(query.by);
  for (const ledger::Entry* const entry : ledger_.entries())
    table.add(started_, {entry->host(), entry->route(), entry->rule()}, entry->sums(), entry->errors());
  UsageReport out = std::move(table).report(started_, now());
  out.price = price_;
  if (query.since && *query.since > started_)
    out.problem =
        "the proxy keeps no state, so these are the sums since its start, not since the time asked for";
  return out;
}

std::vector<ledger::UsageRow> UsageService::largest_hosts(std::size_t most) const {
  std::vector<ledger::UsageRow> out = report_of_run({}).rows;
  std::erase_if(out, [](const ledger::UsageRow& row) { return row.name == ledger::other_name; });
  out.resize(std::min(out.size(), most));
  return out;
}

}  // namespace aluvia::agent
