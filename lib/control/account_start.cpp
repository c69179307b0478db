// Implements the start of Account: the first fetch with its retries, the cache file and the token file.
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
using config::ApiError;
using Kind = ApiError::Kind;

// A person or a supervisor waits for the start, so the first tries come sooner than polls.
constexpr milliseconds first_pause{500};
constexpr milliseconds longest_pause{5000};

// Interval at which a cache file that polls confirm gets a new date.
constexpr std::chrono::minutes cache_renewal{10};

// Returns true if the API cannot be reached or answers 5xx.
bool is_down(const ApiError& error) {
  return error.kind == Kind::unreachable ||
         (error.kind == Kind::api_error && error.status.value_or(0) >= 500);
}

bool may_pass(const ApiError& error) {
  return error.kind != Kind::token_refused && error.kind != Kind::not_running;
}

}  // namespace

Account::First Account::first() {
  const auto deadline = Clock::now() + options_.wait_for_api;
  PollSchedule pauses(first_pause, longest_pause, std::random_device{}(), options_.poll_interval);
  bool cache_tried = !cache_;
  for (;;) {
    Response response = ask();
    const auto* error = std::get_if<ApiError>(&response);
    if (!error) return install_first(std::move(response));
    if (is_down(*error) && !std::exchange(cache_tried, true)) {
      if (auto cached = from_cache(*error)) return cached;
    }
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    const bool in_vain = error->retry_after.value_or(std::chrono::seconds(0)) > left;
    if (!may_pass(*error) || left <= milliseconds::zero() || in_vain) return fail_first(*error);
    const auto pause = pauses.next_wait(PollOutcome::failed, error->retry_after, left);
    // This pause spreads a fleet over an interval. The first wait must not spread it again, or the polls of
    // both would overlap.
    if (error->retry_after && left - *error->retry_after >= options_.poll_interval) schedule_.begin_spread();
    if (!wait_for_api(*error, left) || !owner_.pause(pause)) return std::nullopt;
  }
}

Account::First Account::install_first(Response response) {
  First outcome;
  owner_.run_unless_stopped([&] {
    install(std::move(std::get<Changed>(response)));
    plan_wait(nullptr);
    outcome.emplace(known_->snapshot);
  });
  return outcome;
}

Account::First Account::fail_first(const ApiError& error) {
  First outcome;
  owner_.run_unless_stopped([&] {
    note_error(error);
    outcome.emplace(Err{error});
  });
  return outcome;
}

bool Account::wait_for_api(const ApiError& error, milliseconds left) {
  return owner_.run_unless_stopped([&] {
    note_error(error);
    log_.waiting_for_api(error, left);
    if (options_.waiting) options_.waiting(error.message);
  });
}

// ---- the cache

Account::First Account::from_cache(const ApiError& error) {
  auto cached = cache_->load();
  if (!cached) {
    owner_.run_unless_stopped([&] { log_.cache_ignored(cached.error()); });
    return std::nullopt;
  }
  if (!*cached) return std::nullopt;
  const auto written = (*cached)->written;
  auto snapshot = make_snapshot((*cached)->user, options_, options_.local_rules, options_.policy, {}, 1);
  First outcome;
  owner_.run_unless_stopped([&] {
    known_ = Known{std::move((*cached)->user), std::move(snapshot), {}};
    note_error(error);
    {
      const std::lock_guard lock(mutex_);
      status_.version = known_->snapshot->version;
      status_.from_cache = true;
      status_.cached_at = status_.fetched_at = written;
    }
    log_.from_cache(cache_->path(), system_clock::now() - written, error, *known_->snapshot);
    plan_wait(&error);
    outcome.emplace(known_->snapshot);
  });
  return outcome;
}

// Logs a failed write once, until a write succeeds again.
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
  owner_.run_unless_stopped([&] { log_.token_read(read ? std::string() : read.error()); });
  if (!read) return false;
  if (cache_) cache_->use_token(**read);
  cached_.reset();
  options_.token = **read;
  api_->use_token(std::move(**read));
  return true;
}

}  // namespace aluvia::control
