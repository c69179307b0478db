#include "control/config_manager.hpp"

#include "control/answer.hpp"
#include "control/change_log.hpp"
#include "control/poll_schedule.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <variant>

#include <pthread.h>
#include <signal.h>

namespace aluvia::control {
namespace {

// A thread in a hung look-up is left behind after this long; stop() promises a second.
constexpr std::chrono::milliseconds kPatience{800};

InitError cancelled() {
  return {InitError::Kind::cancelled, std::nullopt, "stopped while starting"};
}

// Signals are for the threads that the program chose; a thread inherits the mask of its maker. Those that
// tell a fault of the thread itself stay, so that a crash is reported where it happens.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t set;
    sigfillset(&set);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS})
      sigdelset(&set, fault);
    pthread_sigmask(SIG_SETMASK, &set, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

// Everything that the poll thread touches. The manager and the thread own it together, so the thread may
// outlive the manager. What outsiders gave us (logger, publish) is called in a Turn only, and stop() waits
// for its end.
struct ConfigManager::Shared {
  Shared(ControlOptions o, std::unique_ptr<UserApi> a, Logger l, Publish p)
      : options(std::move(o)),
        api(std::move(a)),
        log(std::move(l)),
        publish(std::move(p)),
        schedule(options.poll_interval, std::random_device{}()) {}

  void run();
  bool fetch_first();
  void poll();
  bool wait_for_poll();
  Answer ask();
  std::chrono::milliseconds apply(Answer answer);
  bool begin_turn();
  void end_turn();

  const ControlOptions options;
  const std::unique_ptr<UserApi> api;

  // The poll thread's own.
  ChangeLog log;
  const Publish publish;
  PollSchedule schedule;
  std::optional<Known> known;
  std::chrono::milliseconds wait{0};

  // Under the mutex.
  std::mutex mutex;
  std::condition_variable changed;
  std::thread thread;
  std::thread::id thread_id;
  std::optional<Result<config::Snapshot, InitError>> first;
  bool polling = false;
  bool refresh = false;
  bool stopping = false;
  bool in_turn = false;
  bool ended = false;
};

void ConfigManager::Shared::run() {
  if (fetch_first()) {
    while (wait_for_poll()) poll();
  }
  const std::lock_guard lock(mutex);
  ended = true;
  changed.notify_all();
}

bool ConfigManager::Shared::begin_turn() {
  const std::lock_guard lock(mutex);
  in_turn = !stopping;
  return in_turn;
}

void ConfigManager::Shared::end_turn() {
  const std::lock_guard lock(mutex);
  in_turn = false;
  changed.notify_all();
}

// An API that throws, or no memory for a snapshot, is one more poll that failed.
Answer ConfigManager::Shared::ask() {
  try {
    auto result = api->get_user(known ? known->etag : std::string{});
    return understand(std::move(result), known ? &*known : nullptr, options);
  } catch (const std::exception&) {
    return Problem{
        {InitError::Kind::api_error, std::nullopt, "the API could not be asked: out of memory or threads"},
        "internal",
        PollOutcome::failed,
        std::nullopt};
  }
}

bool ConfigManager::Shared::fetch_first() {
  Answer answer = ask();
  if (!begin_turn()) return false;
  std::optional<Result<config::Snapshot, InitError>> outcome;
  if (auto* change = std::get_if<Changed>(&answer)) {
    log.changed(nullptr, *change);
    known = std::move(change->now);
    wait = schedule.next_wait(PollOutcome::fine);
    outcome.emplace(known->snapshot);
  } else if (auto* problem = std::get_if<Problem>(&answer)) {
    outcome.emplace(Err{problem->error});
  }
  end_turn();
  const std::lock_guard lock(mutex);
  first = std::move(outcome);
  changed.notify_all();
  return known.has_value();
}

bool ConfigManager::Shared::wait_for_poll() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return stopping || polling; });
  changed.wait_for(lock, wait, [&] { return stopping || refresh; });
  refresh = false;
  return !stopping;
}

void ConfigManager::Shared::poll() {
  Answer answer = ask();
  if (!begin_turn()) return;
  try {
    wait = apply(std::move(answer));
  } catch (const std::exception&) {  // no memory for a log line, or a callback that throws
    wait = options.poll_interval;
  }
  end_turn();
}

std::chrono::milliseconds ConfigManager::Shared::apply(Answer answer) {
  auto outcome = PollOutcome::fine;
  std::optional<std::chrono::seconds> retry_after;
  if (auto* change = std::get_if<Changed>(&answer)) {
    log.changed(&*known, *change);
    known = std::move(change->now);
    if (publish) publish(known->snapshot);
  } else if (auto* same = std::get_if<Unchanged>(&answer)) {
    if (same->etag) known->etag = std::move(*same->etag);
    log.unchanged(*known);
  } else {
    const auto& problem = std::get<Problem>(answer);
    log.failed(problem, &*known);
    outcome = problem.outcome;
    retry_after = problem.retry_after;
  }
  const auto next = schedule.next_wait(outcome, retry_after);
  log.waiting(next);
  return next;
}

ConfigManager::ConfigManager(ControlOptions options, std::unique_ptr<UserApi> api, Logger logger,
                             Publish publish)
    : shared_(std::make_shared<Shared>(std::move(options), std::move(api), std::move(logger),
                                       std::move(publish))) {}

ConfigManager::~ConfigManager() {
  stop();
  // Left over only where the callback itself destroys the manager.
  const std::lock_guard lock(shared_->mutex);
  if (shared_->thread.joinable()) shared_->thread.detach();
}

Result<config::Snapshot, InitError> ConfigManager::init() {
  std::unique_lock lock(shared_->mutex);
  if (shared_->stopping) return Err{cancelled()};
  if (!shared_->thread.joinable() && !shared_->first) {
    const SignalsBlocked blocked;
    try {
      shared_->thread = std::thread([shared = shared_] { shared->run(); });
      shared_->thread_id = shared_->thread.get_id();
    } catch (const std::exception&) {
      return Err{
          InitError{InitError::Kind::api_error, std::nullopt, "no thread can be started for the poller"}};
    }
  }
  shared_->changed.wait(lock, [&] { return shared_->stopping || shared_->first; });
  if (shared_->stopping) return Err{cancelled()};
  return *shared_->first;
}

void ConfigManager::start_polling() {
  const std::lock_guard lock(shared_->mutex);
  shared_->polling = true;
  shared_->changed.notify_all();
}

void ConfigManager::refresh_now() {
  const std::lock_guard lock(shared_->mutex);
  shared_->refresh = true;
  shared_->changed.notify_all();
}

void ConfigManager::stop() {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  lock.unlock();
  shared_->api->cancel();
  lock.lock();

  // From within publish: the thread ends by itself once the callback has returned.
  if (shared_->thread_id == std::this_thread::get_id()) return;
  const auto over = [&] { return shared_->ended || (!shared_->thread.joinable() && !shared_->in_turn); };
  shared_->changed.wait_for(lock, kPatience, over);
  std::thread thread = std::exchange(shared_->thread, std::thread{});
  const bool ended = shared_->ended;
  lock.unlock();
  if (!thread.joinable()) return;
  if (ended) {
    thread.join();
  } else {
    thread.detach();
  }
}

}  // namespace aluvia::control
