// Edge-triggered epoll reactor: resumes waiters when their descriptor becomes readable or writable. A socket
// is registered once, for both directions. Asio would call epoll_ctl at every wait and, once a socket has
// been waited on for writing, deliver events that no operation wants.
#pragma once

#include "loop/intrusive_list.hpp"
#include "loop/loop.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <system_error>

namespace aluvia::loop {

enum class Want { read, write };

class Reactor;

/// Something that waits: a pump, a listener, a suspended task. Waits for one thing at a time. Its destruction
/// ends the wait without a call.
class Waiter : private ListNode {
 public:
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  virtual ~Waiter() { withdraw(); }
  bool is_waiting() const noexcept { return is_linked(); }

 protected:
  Waiter() = default;
  /// Ends the wait without a call.
  void withdraw() noexcept;

 private:
  friend class Reactor;
  /// The event has come, or `error` says why it will not. Called from the loop, never from inside the call
  /// that began the wait. May destroy the waiter. An exception leaves the loop at the end of its turn.
  virtual void on_event(std::error_code error) = 0;
  /// The loop is being destroyed: on_event() will not be called.
  virtual void on_abandoned() noexcept {}

  Reactor* parked_at_ = nullptr;     // while a Watch holds it
  const void* waits_for_ = nullptr;  // the Watch, until on_event()
  std::error_code error_;            // for on_event()
};

/// State of one registered descriptor. The arrays are indexed by Want.
struct Watch : ListNode {
  std::array<IntrusiveList, 2> waiting;  // over TLS both directions may wait for the same event
  std::array<bool, 2> ready{};           // an edge came, or bytes were left, and nothing has waited since
  std::array<bool, 2> over{};            // the peer has ended, or worse: no further edge will come
  int refused = 0;                       // errno of the registration; 0: registered

  bool& ready_for(Want want) noexcept { return ready[static_cast<std::size_t>(want)]; }
};

/// One per loop. Loop thread only.
class Reactor {
 public:
  /// Throws std::system_error if the process has no descriptor left.
  explicit Reactor(const Executor& executor);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;
  static Reactor& of(const Executor& executor) noexcept { return executor.loop().reactor(); }

  Executor executor() const noexcept { return executor_; }
  /// How often the kernel has been asked for events. What had arrived before that is known to the watches,
  /// also to those whose waiters are still to be notified.
  std::uint64_t asked() const noexcept { return asked_; }

  /// Registers a non-blocking descriptor until remove().
  Watch* add(int descriptor);
  /// Adds a watch without a descriptor, which its owner keeps: only finish() ends its waits.
  void enlist(Watch& watch) noexcept { watches_.push_back(watch); }
  /// Forgets such a watch and its waiters.
  void retire(Watch& watch) noexcept;
  /// Forgets the watch and its waiters. The caller closes the descriptor.
  void remove(Watch* watch) noexcept;
  /// Takes `descriptor` out of the epoll set. Needed before remove() only if another process or duplicate
  /// keeps the open file description: closing does not remove it then, and its events would name a watch that
  /// is gone.
  void leave(int descriptor) noexcept;

  /// Begins a wait. Call it after a try that would have blocked, or that was short: an edge comes once.
  void wait(Watch& watch, Want want, Waiter& waiter);
  /// The same for a library that reads as much as it likes: if `descriptor` is ready now, the wait ends at
  /// once. Costs a system call.
  void wait_level(Watch& watch, int descriptor, Want want, Waiter& waiter);
  /// Ends all waits on `watch`, or one wait, with `error`.
  void finish(Watch& watch, std::error_code error);
  void finish(Waiter& waiter, std::error_code error);
  /// Calls `waiter` after all other work that is ready: for work that has used up its turn.
  void yield(Waiter& waiter);

 private:
  friend class Loop;
  friend class Waiter;

  // ---- For the loop.

  void add_wake(int descriptor);  // throws std::system_error
  // The next two return true if a waiter was notified, or any event came.
  bool dispatch(int wait_ms);
  // Only once no other waiter is left.
  bool notify_yielding() { return due_.empty() && notify_some(yielding_); }
  template <class Action>
  void guarded(Action action) noexcept;
  void rethrow_first();
  bool is_pending() const noexcept { return !due_.empty() || !yielding_.empty(); }
  bool has_work() const noexcept { return parked_ > 0 || is_pending(); }
  void shut_down() noexcept;

  void make_due(Waiter& waiter, std::error_code error);
  template <class Action>
  void for_each_due(const Watch& watch, Action action);
  bool notify_some(IntrusiveList& list);
  void notify(Waiter& waiter, std::error_code error) noexcept;
  void on_edge(Watch& watch, Want want);
  void delete_removed() noexcept;

  const Executor executor_;
  const int set_;  // the epoll set
  IntrusiveList watches_;
  IntrusiveList notifying_;  // the batch at hand
  IntrusiveList due_;        // notified next
  IntrusiveList yielding_;   // notified after all other ready work
  std::size_t parked_ = 0;   // waiters that watches hold
  std::uint64_t asked_ = 0;
  bool is_dispatching_ = false;
  std::exception_ptr exception_;  // the first one of a turn, rethrown at its end
  IntrusiveList removed_;         // deleted at the end of the batch: its events may name them
};

// An edge comes once: an exception must not keep it from the waiters behind.
template <class Action>
void Reactor::guarded(Action action) noexcept {
  try {
    action();
  } catch (...) {
    if (!exception_) exception_ = std::current_exception();
  }
}

}  // namespace aluvia::loop
