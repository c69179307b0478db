// Random sequences of open, add, close, fold and clock jumps: the ledger agrees with a plain model.
#include "ledger/ledger.hpp"

#include <array>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace aluvia::ledger {
namespace {

using rules::Route;
using telemetry::RequestRecord;

// Adds up what it told the ledger, without keys.
class Model {
 public:
  explicit Model(unsigned seed, std::size_t most) : random_(seed), ledger_(most), most_(most) {
    ledger_.track_changes([] {});
  }

  void step() {
    move_clock();
    switch (below(6)) {
      case 0:
      case 1:
        return open();
      case 2:
      case 3:
        return open_.empty() ? open() : add(*open_[below(open_.size())]);
      case 4:
        return open_.empty() ? open() : close();
      default:
        return below(20) == 0 ? take() : open();
    }
  }

  void expect_sums() {
    take();
    for (const Route route : {Route::direct, Route::gateway}) {
      const auto i = static_cast<std::size_t>(route);
      CHECK(ledger_.total(route) == told_[i]);
      CHECK(taken_[i] == told_[i]);
    }
    CHECK(ledger_.entries().size() <= most_ + 2);
    std::size_t open = 0;
    for (const Entry* entry : ledger_.entries()) open += entry->open();
    CHECK(open == open_.size());
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }

  void move_clock() {
    if (below(50) == 0) now_ = 1'700'000'000 + random_() % 100'000'000;  // a jump, back or forth
    now_ += below(30);
  }

  void open() {
    if (open_.size() > 40) return close();
    const std::string host = "host" + std::to_string(below(200));
    const std::string rule = below(2) == 0 ? "*" : "*.test";
    open_.push_back(&ledger_.open({host, below(2) == 0 ? Route::direct : Route::gateway, rule}, now_));
  }

  Sums& told(const Entry& entry) { return told_[static_cast<std::size_t>(entry.route())]; }

  void add(Entry& entry) {
    const std::uint64_t up = below(1000);
    const std::uint64_t down = below(100'000);
    ledger_.add(entry, up, down, now_);
    told(entry).bytes_up += up;
    told(entry).bytes_down += down;
  }

  void close() {
    const std::size_t i = below(open_.size());
    Entry& entry = *open_[i];
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
    RequestRecord record;
    record.is_tunnel = below(2) == 0;
    record.outcome = static_cast<RequestRecord::Outcome>(below(3));
    if (below(2) == 0) record.connect = std::chrono::microseconds(below(1'000'000));
    Sums& sums = told(entry);
    ++(record.is_tunnel ? sums.tunnels : sums.requests);
    sums.failures += record.outcome == RequestRecord::Outcome::failed;
    sums.aborted += record.outcome == RequestRecord::Outcome::aborted;
    sums.connects += record.connect.has_value();
    sums.connect_us += record.connect ? static_cast<std::uint64_t>(record.connect->count()) : 0;
    ledger_.close(entry, record, now_);
  }

  void take() {
    for (const Change& change : ledger_.take_changes()) {
      CHECK(change.begin % one_hour == 0);
      taken_[static_cast<std::size_t>(change.route)] += change.sums;
    }
  }

  std::minstd_rand random_;
  Ledger ledger_;
  std::size_t most_;
  Seconds now_ = 1'750'000'000;
  std::vector<Entry*> open_;
  std::array<Sums, 2> told_;
  std::array<Sums, 2> taken_;
};

}  // namespace

TEST_CASE("Any sequence of calls keeps every sum") {
  const auto seed = GENERATE(range(1U, 41U));
  const std::size_t most = std::array<std::size_t, 4>{1, 17, 64, 1024}[seed % 4];
  INFO("seed " << seed);
  Model model(seed, most);
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 200; ++i) model.step();
    model.expect_sums();
  }
}

}  // namespace aluvia::ledger
