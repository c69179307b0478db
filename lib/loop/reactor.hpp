// Which descriptors can be read or written, told to whoever waits for it. An edge-triggered epoll set of our
// own, which stands as one descriptor in Asio's: Asio re-registers a descriptor at every wait, which costs a
// system call each and, once a socket has been waited on for writing, an event that nobody asked for. Here a
// socket is registered once in its life.
#pragma once

#include "loop/asio.hpp"
#include "loop/intrusive_list.hpp"

#include <array>
#include <cstdint>
#include <exception>
#include <system_error>

namespace aluvia::loop {

enum class Want { read, write };

class Reactor;

/// Somebody who waits: a pump, or a suspended task. Waits for one thing at a time; its destruction ends the
/// wait without a word.
class Waiter : private ListNode {
 public:
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  virtual ~Waiter() { withdraw(); }
  bool is_waiting() const noexcept { return is_linked(); }

 protected:
  Waiter() = default;
  void withdraw() noexcept;

 private:
  friend class Reactor;
  /// What was waited for has come, or why it will not. Called from the loop, never from inside the call that
  /// began the wait; may destroy the waiter. What it throws leaves the loop once everybody else has been
  /// told.
  virtual void on_event(std::error_code error) = 0;
  /// The loop is going away: nothing comes any more.
  virtual void on_abandoned() noexcept {}

  Reactor* parked_at_ = nullptr;     // while a watch holds it
  const void* waits_for_ = nullptr;  // the watch, until it is told
  std::error_code error_;            // to be told
};

/// What is known of one registered descriptor.
struct Watch : ListNode {
  std::array<IntrusiveList, 2> waiting;  // per Want; over TLS both directions may wait for the same one
  std::array<bool, 2> ready{};  // per Want: an edge came, or bytes were left, and no wait has begun since
  std::array<bool, 2> over{};   // per Want: the peer has ended, or worse; no further edge need come
  int refused = 0;              // why the kernel did not take it into the set; 0: it did

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

  /// Registers a descriptor for its life.
  Watch* add(int descriptor);
  /// Knows a watch without a descriptor, whose owner keeps it: only finish() ends its waits.
  void enlist(Watch& watch) noexcept { watches_.push_back(watch); }
  /// Forgets such a watch and who waits for it.
  void retire(Watch& watch) noexcept;
  /// Forgets it and who waits for it. The caller closes the descriptor.
  void remove(Watch* watch) noexcept;
  /// Takes `descriptor` out of the set, before remove() and closing: needed where others hold the same open
  /// file, for then closing alone leaves it in, and its events would come for a watch that is gone.
  void leave(int descriptor) noexcept;

  void wait(Watch& watch, Want want, Waiter& waiter);
  /// Ends the waits on `watch`, or one wait, with `error`.
  void finish(Watch& watch, std::error_code error);
  void finish(Waiter& waiter, std::error_code error);
  /// Calls `waiter` once everybody else has had their turn.
  void yield(Waiter& waiter);

 private:
  friend class Waiter;

  void shutdown() noexcept override;
  void make_due(Waiter& waiter, std::error_code error);
  template <class Action>
  void for_each_due(const Watch& watch, Action action);
  void post_run();
  void tell_all(IntrusiveList& list);
  void call(Waiter& waiter, std::error_code error) noexcept;
  void raise_problem();
  void arm();
  void on_set_ready(std::error_code error);
  std::size_t dispatch();
  void tell(Watch& watch, Want want);
  void unpark() noexcept;
  void delete_removed() noexcept;

  Executor executor_;
  Descriptor set_;
  IntrusiveList watches_;
  IntrusiveList telling_;   // the batch that is being told
  IntrusiveList due_;       // waiters to be told next
  IntrusiveList yielding_;  // waiters to be told when everybody else has had a turn
  std::size_t parked_ = 0;  // waiters that watches hold
  bool is_armed_ = false;
  bool is_dispatching_ = false;
  bool run_posted_ = false;
  std::exception_ptr problem_;  // thrown by who was told; raised once everybody has been
  IntrusiveList removed_;       // events for them may stand in the batch at hand
};

}  // namespace aluvia::loop
