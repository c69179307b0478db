// Edge-triggered epoll reactor: resumes waiters when their descriptor becomes readable or writable. Its epoll
// set is one descriptor in Asio's set. Asio alone would call epoll_ctl at every wait and, once a socket has
// been waited on for writing, deliver events that no operation wants; here a socket is registered once.
#pragma once

#include "loop/asio.hpp"
#include "loop/handler_memory.hpp"
#include "loop/intrusive_list.hpp"

#include <array>
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
  /// that began the wait. May destroy the waiter. An exception leaves the loop after all other waiters of the
  /// batch have been called.
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
class Reactor final : public asio::execution_context::service {
 public:
  using key_type = Reactor;
  inline static asio::execution_context::id id;

  explicit Reactor(asio::execution_context& loop);
  ~Reactor() override;
  static Reactor& of(const Executor& executor);

  Executor executor() const noexcept { return executor_; }

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
  friend class Waiter;

  void shutdown() noexcept override;
  void make_due(Waiter& waiter, std::error_code error);
  template <class Action>
  void for_each_due(const Watch& watch, Action action);
  void post_run();
  void notify_some(IntrusiveList& list);
  void notify(Waiter& waiter, std::error_code error) noexcept;
  void rethrow_first();
  void arm();
  void on_set_ready(std::error_code error);
  std::size_t dispatch();
  void on_edge(Watch& watch, Want want);
  void unpark() noexcept;
  void delete_removed() noexcept;

  Executor executor_;
  HandlerMemory memory_;                                // of the wait on set_
  asio::posix::basic_stream_descriptor<Executor> set_;  // the epoll set
  IntrusiveList watches_;
  IntrusiveList notifying_;  // the batch at hand
  IntrusiveList due_;        // notified next
  IntrusiveList yielding_;   // notified after all other ready work
  std::size_t parked_ = 0;   // waiters that watches hold
  bool is_armed_ = false;
  bool is_dispatching_ = false;
  bool run_posted_ = false;
  std::exception_ptr exception_;  // the first one of a batch, rethrown at its end
  IntrusiveList removed_;         // deleted at the end of the batch: its events may name them
};

}  // namespace aluvia::loop
