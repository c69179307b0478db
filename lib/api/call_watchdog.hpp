// CallWatchdog: limits the time of one API call and lets another thread cancel it. A thread shuts the socket
// of the call down when the time is over, and then every read, write, connect and TLS handshake on it ends.
//
// It cannot go: the library's time-outs are for one step, so a peer that sends a byte at a time is never too
// slow. Its Client::stop() waits for a mutex that the library holds during connect and TLS handshake.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace aluvia::api {

class CallWatchdog {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Verdict { running, expired, cancelled };

  CallWatchdog() = default;
  ~CallWatchdog();
  CallWatchdog(const CallWatchdog&) = delete;
  CallWatchdog& operator=(const CallWatchdog&) = delete;

  /// From now until end() the call's time runs. May throw std::system_error where no thread can be made.
  void begin(Clock::time_point deadline);
  void end() noexcept;

  /// For good: this call and every later one. Any thread; does not block.
  void cancel() noexcept;

  Verdict verdict() const;

  /// The socket that the call, or the calls after it, depend on; the watchdog keeps a duplicate, because the
  /// number of a closed descriptor may mean something else a moment later. False where that was impossible.
  /// On a call that is over already, the socket is shut down at once.
  bool watch(int socket);
  void unwatch() noexcept;
  /// True when the watched socket has something to read, or has been closed by the peer.
  bool has_input() const;

  /// Waits until `done()` is true or `limit` or the end of the call has come; tells whether it is true.
  /// `done` runs under the watchdog's mutex.
  bool wait_until(Clock::time_point limit, const std::function<bool()>& done);
  /// Runs `change` under the mutex and wakes wait_until(). Any thread.
  void update(const std::function<void()>& change);

 private:
  void watch_clock(Clock::time_point deadline);
  void shut_down() noexcept;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::thread clock_;
  Verdict verdict_ = Verdict::running;
  bool in_call_ = false;
  int socket_ = -1;
};

}  // namespace aluvia::api
