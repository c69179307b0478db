// Simulates days of traffic, rule changes and restarts in seconds, with the ledger and the store together.
#include "fixture.hpp"
#include "ledger/ledger.hpp"

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace aluvia::usage::testing {
namespace {

using ledger::Entry;
using ledger::Key;
using ledger::Ledger;

// A proxy with a clock of its own; the restarts lose open tunnels, not bytes.
class SimulatedProxy {
 public:
  explicit SimulatedProxy(std::string file) : file_(std::move(file)) { start(); }

  void start() {
    ledger_ = std::make_unique<Ledger>(64);
    ledger_->track_changes([] {});
    store_ = std::make_unique<UsageStore>(file_, Logger(), [this] { return now_.load(); });
  }
  void restart() {
    save();
    open_.clear();
    store_.reset();
    start();
  }
  void save() { store_->save(ledger_->take_changes()); }
  UsageReport report(UsageBy by) {
    save();
    return read(*store_, by);
  }

  // Ten seconds of traffic: tunnels that open, move bytes and end, under rules that change each hour.
  void run_ten_seconds() {
    now_ += 10;
    const std::string rule = "*.shop" + std::to_string(now_ / one_hour % 5);
    const auto route = random_() % 3 == 0 ? Route::direct : Route::gateway;
    open_.push_back(&ledger_->open({"host" + std::to_string(random_() % 100), route, rule}, now_));
    for (Entry* const entry : open_) count(*entry, random_() % 10'000);
    if (open_.size() < 20) return;
    ledger_->close(*open_.front(), {}, now_);
    open_.erase(open_.begin());
  }

  Seconds now() const { return now_; }
  std::map<std::string, std::uint64_t> down_by_day;
  std::array<std::uint64_t, 2> down_by_route{};

 private:
  void count(Entry& entry, std::uint64_t bytes) {
    ledger_->add(entry, 1, bytes, now_);
    down_by_day[now_ < noon + 12 * one_hour   ? "2026-11-30"
                : now_ < noon + 36 * one_hour ? "2026-12-01"
                                              : "2026-12-02"] += bytes;
    down_by_route[static_cast<std::size_t>(entry.route())] += bytes;
  }

  std::string file_;
  std::atomic<Seconds> now_ = noon;
  std::minstd_rand random_{7};
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<UsageStore> store_;
  std::vector<Entry*> open_;
};

}  // namespace

TEST_CASE("Two days with restarts: each day and each route has its bytes") {
  const Folder folder;
  SimulatedProxy proxy(*make_usage_file(folder.path()));
  for (int step = 1; proxy.now() < noon + 2 * one_day; ++step) {
    proxy.run_ten_seconds();
    if (step % 60 == 0) proxy.save();
    if (step % 1000 == 0) proxy.restart();
  }
  const auto days = proxy.report(UsageBy::day);
  REQUIRE(days.rows.size() == 3);
  for (const auto& row : days.rows) CHECK(row.total().bytes_down == proxy.down_by_day[row.name]);
  const auto routes = proxy.report(UsageBy::route);
  CHECK(down(routes, "direct") == proxy.down_by_route[0]);
  CHECK(down(routes, "gateway") == proxy.down_by_route[1]);
  CHECK(routes.total.total().bytes_up == days.total.total().bytes_up);
  CHECK(proxy.report(UsageBy::rule).rows.size() == 6);  // five rules and (other)
}

}  // namespace aluvia::usage::testing
