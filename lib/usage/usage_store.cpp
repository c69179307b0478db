#include "usage/usage_store.hpp"

#include "usage/state_folder.hpp"

#include <utility>

namespace aluvia::usage {
namespace {

// About 2 MB. Beyond, changes of new keys count as `(other)`: the sums stay whole.
constexpr std::size_t most_unsaved = 8192;

}  // namespace

void UnsavedChanges::add(ledger::Change change) {
  Place place(change.begin, std::move(change.host), change.route, std::move(change.rule));
  if (changes_.size() >= most_unsaved && !changes_.contains(place)) {
    place = Place(change.begin, ledger::other_name, change.route, ledger::other_name);
  }
  Gain& gain = changes_[std::move(place)];
  gain.sums += change.sums;
  gain.errors += change.errors;
}

std::vector<ledger::Change> UnsavedChanges::list() const {
  std::vector<ledger::Change> out;
  out.reserve(changes_.size());
  for (const auto& [place, gain] : changes_) {
    const auto& [begin, host, route, rule] = place;
    out.push_back({begin, host, route, rule, gain.sums, gain.errors});
  }
  return out;
}

std::uint64_t UnsavedChanges::bytes() const {
  std::uint64_t out = 0;
  for (const auto& [place, gain] : changes_) out += gain.sums.bytes();
  return out;
}

UsageStore::UsageStore(std::string path, Logger logger, Clock clock, std::chrono::milliseconds retry)
    : logger_(std::move(logger)), clock_(std::move(clock)), retry_(retry), file_(std::move(path)) {
  thread_ = std::thread([this] { run(); });
}

UsageStore::~UsageStore() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void UsageStore::save(std::vector<ledger::Change> changes) {
  {
    const std::lock_guard lock(mutex_);
    given_.insert(given_.end(), std::make_move_iterator(changes.begin()),
                  std::make_move_iterator(changes.end()));
  }
  changed_.notify_one();
}

void UsageStore::read(ledger::UsageQuery query, Done done) {
  {
    const std::lock_guard lock(mutex_);
    reads_.push_back({query, std::move(done)});
  }
  changed_.notify_one();
}

void UsageStore::run_off_loop(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    works_.push_back(std::move(work));
  }
  changed_.notify_one();
}

// Sleeps without a limit while all is saved: an idle proxy does not wake.
void UsageStore::wait(std::unique_lock<std::mutex>& lock) {
  const auto has_work = [this] {
    return is_ending_ || !given_.empty() || !reads_.empty() || !works_.empty();
  };
  if (unsaved_.empty())
    changed_.wait(lock, has_work);
  else
    changed_.wait_for(lock, retry_, has_work);
}

void UsageStore::run() {
  bool is_last = false;
  while (!is_last) {
    std::vector<Read> reads;
    std::vector<std::function<void()>> works;
    {
      std::unique_lock lock(mutex_);
      wait(lock);
      is_last = is_ending_;
      for (ledger::Change& change : std::exchange(given_, {})) unsaved_.add(std::move(change));
      reads = std::exchange(reads_, {});
      works = std::exchange(works_, {});
    }
    for (const auto& work : works) work();
    if (!unsaved_.empty()) try_to_save();
    for (Read& read : reads) read.done(report(read.query));
  }
  if (unsaved_.empty()) return;
  logger_.warn({"usage_lost", {{"bytes", unsaved_.bytes()}, {"error", failure_}}},
               "the usage of the last {} bytes is lost: {}", unsaved_.bytes(), failure_);
}

void UsageStore::try_to_save() {
  auto saved = add_to_file();
  if (!saved && saved.error().kind == DatabaseError::Kind::damaged) {
    give_up_damaged();
    saved = add_to_file();
  }
  set_failure(saved ? std::string()
                    : fmt::format("cannot write {}: {}", printable(file_.path()), saved.error().reason));
  if (saved) unsaved_.clear();
}

Result<void, DatabaseError> UsageStore::add_to_file() {
  // Makes a file that was removed again, with its mode.
  const auto path = make_usage_file(file_.path().substr(0, file_.path().rfind('/')));
  if (!path) return Err{DatabaseError{DatabaseError::Kind::failed, path.error()}};
  const auto changes = unsaved_.list();
  return file_.add(changes, clock_());
}

void UsageStore::give_up_damaged() {
  const auto aside = move_aside(file_.path());
  if (!aside) return;  // the next attempt reports that it is damaged
  logger_.warn({"usage_file_damaged", {{"path", file_.path()}, {"moved_to", *aside}}},
               "{} is damaged; it is kept as {}, and counting begins anew", printable(file_.path()),
               printable(*aside));
}

// Logs the beginning and the end of a failure, not each attempt.
void UsageStore::set_failure(const std::string& reason) {
  if (failure_.empty() && !reason.empty())
    logger_.warn({"usage_save_failed", {{"error", reason}}},
                 "{}; the sums stay in memory, and it is tried again", reason);
  if (!failure_.empty() && reason.empty())
    logger_.info({"usage_saved_again", {{"path", file_.path()}}}, "usage is saved in {} again",
                 printable(file_.path()));
  failure_ = reason;
}

ledger::UsageReport UsageStore::report(const ledger::UsageQuery& query) const {
  const Seconds now = clock_();
  const auto from = query.since ? std::optional(ledger::period_begin(*query.since, now)) : std::nullopt;
  ledger::UsageTable table(query.by);
  for (const ledger::Change& change : unsaved_.list()) {
    if (change.begin >= from.value_or(0))
      table.add(change.begin, {change.host, change.route, change.rule}, change.sums, change.errors);
  }
  const auto done = file_.read(from, table);
  ledger::UsageReport out = std::move(table).report(from, now);
  out.is_kept = true;
  out.problem = failure_;
  out.is_unread = !done;
  if (!done) out.problem = fmt::format("cannot read {}: {}", printable(file_.path()), done.error().reason);
  return out;
}

}  // namespace aluvia::usage
