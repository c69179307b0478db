// The account before its first answer, and what it keeps for the next start: the cache, the token's file.
#include "control/account.hpp"

#include <algorithm>
#include <random>
#include <utility>
#include <variant>

namespace aluvia::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;
using Clock = std::chrono::steady_clock;
using Kind = InitError::Kind;

// Somebody waits for the start, so the first tries come sooner than polls.
constexpr milliseconds first_pause{500};
constexpr milliseconds longest_pause{5000};

// A cache that polls confirm gets a new date as often as this.
constexpr std::chrono::minutes cache_renewal{10};

// The API has not said no; it has not said anything.
bool is_down(const Problem& problem) {
  if (problem.error.kind == Kind::unreachable) return true;
  return problem.error.kind == Kind::api_error && problem.error.status.value_or(0) >= 500;
}

bool may_pass(const Problem& problem) {
  return problem.error.kind != Kind::token_refused && problem.error.kind != Kind::cancelled;
}

}  // namespace

Account::First Account::first() {
  const auto deadline = Clock::now() + options_.wait_for_api;
  PollSchedule pauses(first_pause, longest_pause, std::random_device{}(), options_.poll_interval);
  bool cache_tried = !cache_;
  for (;;) {
    Answer answer = ask();
    const auto* problem = std::get_if<Problem>(&answer);
    if (!problem) return adopt_first(std::move(answer));
    if (is_down(*problem) && !std::exchange(cache_tried, true)) {
      if (auto cached = from_cache(*problem)) return cached;
    }
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    const bool in_vain = problem->retry_after.value_or(std::chrono::seconds(0)) > left;
    if (!may_pass(*problem) || left <= milliseconds::zero() || in_vain) return fail_first(*problem);
    const auto pause = pauses.next_wait(PollOutcome::failed, problem->retry_after, left);
    // This pause spreads a fleet over an interval: the first wait must not spread it a second time, or the
    // polls of both would overlap.
    if (problem->retry_after && left - *problem->retry_after >= options_.poll_interval)
      schedule_.begin_spread();
    if (!wait_for_api(*problem, left) || !owner_.pause(pause)) return std::nullopt;
  }
}

Account::First Account::adopt_first(Answer answer) {
  First outcome;
  owner_.turn([&] {
    adopt(std::move(std::get<Changed>(answer)));
    plan_wait(PollOutcome::fine, std::nullopt);
    outcome.emplace(known_->snapshot);
  });
  return outcome;
}

Account::First Account::fail_first(const Problem& problem) {
  First outcome;
  owner_.turn([&] {
    note_problem(problem);
    outcome.emplace(Err{problem.error});
  });
  return outcome;
}

bool Account::wait_for_api(const Problem& problem, milliseconds left) {
  return owner_.turn([&] {
    note_problem(problem);
    log_.waiting_for_api(problem, left);
    if (options_.waiting) options_.waiting(problem.error.message);
  });
}

// ---- the cache

Account::First Account::from_cache(const Problem& problem) {
  auto cached = cache_->load();
  if (!cached) {
    owner_.turn([&] { log_.cache_ignored(cached.error()); });
    return std::nullopt;
  }
  if (!*cached) return std::nullopt;
  const auto written = (*cached)->written;
  auto snapshot = make_snapshot((*cached)->user, options_, options_.local_rules, {}, 1);
  First outcome;
  owner_.turn([&] {
    known_ = Known{std::move((*cached)->user), std::move(snapshot), {}};
    note_problem(problem);
    {
      const std::lock_guard lock(mutex_);
      status_.version = known_->snapshot->version;
      status_.from_cache = true;
      status_.cached_at = status_.fetched_at = written;
    }
    log_.from_cache(cache_->path(), system_clock::now() - written, problem, *known_->snapshot);
    plan_wait(problem.outcome, problem.retry_after);
    outcome.emplace(known_->snapshot);
  });
  return outcome;
}

// A file that cannot be written is told once, until it can.
void Account::keep_in_cache(bool changed) {
  const auto now = Clock::now();
  if (!cache_ || (!changed && cached_ && now - *cached_ < cache_renewal)) return;
  cached_ = now;
  const auto stored = cache_->store(known_->user, system_clock::now());
  if (!stored && !cache_fails_) log_.cache_not_written(stored.error());
  cache_fails_ = !stored;
}

// ---- the token

bool Account::read_token(TokenFile::When when) {
  if (!token_file_) return false;
  auto read = token_file_->read(when);
  if (read && !*read) return false;
  owner_.turn([&] { log_.token_read(read ? std::string() : read.error()); });
  if (!read) return false;
  if (cache_) cache_->use_token(**read);
  cached_.reset();
  options_.token = **read;
  api_->use_token(std::move(**read));
  return true;
}

}  // namespace aluvia::control
