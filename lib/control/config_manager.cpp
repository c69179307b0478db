#include "control/config_manager.hpp"

#include "control/account.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include <pthread.h>
#include <signal.h>

namespace aluvia::control {
namespace {

using Clock = std::chrono::steady_clock;

// stop() detaches a thread that hangs in a look-up after this time; it promises to return within a second.
constexpr std::chrono::milliseconds stop_patience{800};

config::ApiError stopped_while_starting() {
  return {config::ApiError::Kind::not_running, "stopped while starting"};
}

// Blocks signals while a thread is created, because a thread inherits the signal mask and the program chooses
// the thread that handles signals. Signals of a fault in the thread itself (SIGSEGV) stay unblocked, so that
// a crash is reported where it happens.
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

// State of the poll thread. The manager and the thread share its ownership, so the thread may outlive the
// manager. The caller's logger and callbacks run only inside run_unless_stopped(), and stop() waits for its
// end.
struct ConfigManager::Shared {
  Shared(ControlOptions options, std::unique_ptr<api::UserApi> api, Logger logger, Publish publish)
      : refresh_gap(options.refresh_gap),
        after_call(options.after_call),
        account(std::move(options), std::move(api), std::move(logger), std::move(publish),
                {[this](const auto& work) { return run_unless_stopped(work); },
                 [this](std::chrono::milliseconds time) { return pause(time); }}) {}

  struct Change {
    config::Edit edit;
    config::ChangeDone done;
  };
  struct Task {
    std::optional<Change> change;
    bool poll = false;
    std::vector<std::function<void()>> waiting;  // called at the end of the poll
  };

  void run();
  bool fetch_first();
  std::optional<Task> next_task();
  Clock::time_point poll_due() const;
  void perform(Task& task);
  bool run_unless_stopped(const std::function<void()>& work);
  bool pause(std::chrono::milliseconds time);

  const std::chrono::milliseconds refresh_gap;
  const std::function<void()> after_call;

  // Used by the poll thread only.
  Account account;
  Clock::time_point asked;  // when the last call to the API ended

  // Under the mutex.
  std::mutex mutex;
  std::condition_variable changed;
  std::thread thread;
  std::thread::id thread_id;
  std::optional<Result<config::Snapshot, config::ApiError>> first;
  std::deque<Change> changes;
  std::vector<std::function<void()>> waiting;
  bool polling = false;
  bool refresh = false;
  bool stopping = false;
  bool in_callback = false;
  bool ended = false;
};

void ConfigManager::Shared::run() {
  if (fetch_first()) {
    while (auto task = next_task()) perform(*task);
  }
  const std::lock_guard lock(mutex);
  ended = true;
  changed.notify_all();
}

// Catches exceptions of callbacks, so that the poll thread goes on.
bool ConfigManager::Shared::run_unless_stopped(const std::function<void()>& work) {
  {
    const std::lock_guard lock(mutex);
    if (stopping) return false;
    in_callback = true;
  }
  try {
    work();
  } catch (const std::exception&) {
  }
  const std::lock_guard lock(mutex);
  in_callback = false;
  changed.notify_all();
  return true;
}

bool ConfigManager::Shared::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex);
  return !changed.wait_for(lock, time, [&] { return stopping; });
}

bool ConfigManager::Shared::fetch_first() {
  auto outcome = account.first();
  asked = Clock::now();
  const bool fetched = outcome && outcome->has_value();
  const std::lock_guard lock(mutex);
  first = std::move(outcome);
  changed.notify_all();
  return fetched;
}

// Under the mutex.
Clock::time_point ConfigManager::Shared::poll_due() const {
  if (refresh) return asked;
  const auto planned = asked + account.wait();
  return waiting.empty() ? planned : std::min(planned, asked + refresh_gap);
}

std::optional<ConfigManager::Shared::Task> ConfigManager::Shared::next_task() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return stopping || polling; });
  Task task;
  while (!stopping) {
    const auto now = Clock::now();
    if (!changes.empty()) {
      task.change = std::move(changes.front());
      changes.pop_front();
      return task;
    }
    task.poll = now >= poll_due() && (refresh || now >= account.patience());
    if (task.poll || (!waiting.empty() && now < account.patience())) {
      refresh = refresh && !task.poll;
      task.waiting.swap(waiting);
      return task;
    }
    changed.wait_until(lock, poll_due());
  }
  return std::nullopt;
}

void ConfigManager::Shared::perform(Task& task) {
  if (task.change) {
    auto result = account.change(task.change->edit);
    run_unless_stopped([&] { task.change->done(std::move(result)); });
  }
  if (task.poll) account.poll();
  // Learned hosts change without the API, as often as clients report some: they must not put off a poll.
  const bool is_learned = task.change && std::holds_alternative<config::SetLearned>(task.change->edit);
  if ((task.change && !is_learned) || task.poll) {
    asked = Clock::now();
    if (after_call) run_unless_stopped(after_call);
  }
  for (const auto& done : task.waiting) run_unless_stopped(done);
}

ConfigManager::ConfigManager(ControlOptions options, std::unique_ptr<api::UserApi> api, Logger logger,
                             Publish publish)
    : shared_(std::make_shared<Shared>(std::move(options), std::move(api), std::move(logger),
                                       std::move(publish))) {}

ConfigManager::~ConfigManager() {
  stop();
  // The thread still runs only if its own callback destroys the manager.
  const std::lock_guard lock(shared_->mutex);
  if (shared_->thread.joinable()) shared_->thread.detach();
}

void ConfigManager::start_with_learned(std::vector<std::string> hosts) {
  shared_->account.start_with_learned(std::move(hosts));
}

Result<config::Snapshot, config::ApiError> ConfigManager::init() {
  std::unique_lock lock(shared_->mutex);
  if (shared_->stopping) return Err{stopped_while_starting()};
  if (!shared_->thread.joinable() && !shared_->first) {
    const SignalsBlocked blocked;
    try {
      shared_->thread = std::thread([shared = shared_] { shared->run(); });
      shared_->thread_id = shared_->thread.get_id();
    } catch (const std::exception&) {
      return Err{config::ApiError{config::ApiError::Kind::api_error, "cannot start the poll thread"}};
    }
  }
  shared_->changed.wait(lock, [&] { return shared_->stopping || shared_->first; });
  if (shared_->stopping) return Err{stopped_while_starting()};
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

void ConfigManager::refresh(std::function<void()> done, Haste haste) {
  const std::lock_guard lock(shared_->mutex);
  shared_->waiting.push_back(std::move(done));
  shared_->refresh = shared_->refresh || haste == Haste::insist;
  shared_->changed.notify_all();
}

void ConfigManager::change(config::Edit edit, config::ChangeDone done) {
  const std::lock_guard lock(shared_->mutex);
  shared_->changes.push_back({std::move(edit), std::move(done)});
  shared_->changed.notify_all();
}

config::ControlStatus ConfigManager::status() const {
  return shared_->account.status();
}

telemetry::PollMetrics ConfigManager::polls() const {
  return shared_->account.polls();
}

void ConfigManager::stop() {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  lock.unlock();
  shared_->account.cancel();
  lock.lock();

  // Called from within publish: the thread ends once the callback has returned.
  if (shared_->thread_id == std::this_thread::get_id()) return;
  const auto over = [&] { return shared_->ended || (!shared_->thread.joinable() && !shared_->in_callback); };
  shared_->changed.wait_for(lock, stop_patience, over);
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
