// SpareTunnels: notices tunnels that a browser opens and never uses. It opens a second one to a host as long
// as it does not know that HTTP/2 will share the first, and closes it once it knows. Through the gateway each
// would cost a paid TLS handshake. Where a host has had one, the next second tunnel waits until the browser
// has had the time to close it, too. It uses no socket.
#pragma once

#include "loop/deadline.hpp"
#include "loop/intrusive_list.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

namespace aluvia::proxy {

/// Loop thread only.
class SpareTunnels {
  struct Host {
    std::size_t opening = 0;
    loop::TimePoint last_opened{};
    loop::TimePoint first_opened{};  // the last one that was no second one
    loop::Clock::duration took{};    // it, from its CONNECT on
    bool has_had_spare = false;
    loop::IntrusiveList held;
  };

 public:
  /// Of a second tunnel: after this time it is taken for one that is needed, whatever the first does.
  static constexpr std::chrono::seconds longest_hold{1};

  /// A tunnel between its CONNECT and its first byte.
  class Opening final : private loop::ListNode {
   public:
    Opening(SpareTunnels& owner, const std::string& host);
    ~Opening();
    Opening(const Opening&) = delete;
    Opening& operator=(const Opening&) = delete;

    /// Another tunnel to this host is being opened, or was opened a moment ago.
    bool is_second() const noexcept { return is_second_; }
    /// And the last second one to it was closed unused.
    bool is_likely_spare() const noexcept { return is_second_ && host_.has_had_spare; }

    /// Calls `on_end` once a browser would have closed a spare tunnel: when the first one has been open for
    /// as long as it took to open, which a TLS handshake through it does not exceed. At most once, and not
    /// after end_hold().
    void hold(const loop::Executor& executor, std::function<void()> on_end);
    /// Returns true if on_end has been called.
    bool end_hold() noexcept;

    /// Records how a second one has ended.
    void was_needed(bool is_needed) noexcept {
      if (is_second_) host_.has_had_spare = !is_needed;
    }

   private:
    void opened_first() noexcept;

    Host& host_;
    const loop::TimePoint begun_;
    const bool is_second_;
    std::optional<loop::Deadline> hold_;
  };

 private:
  Host& host(const std::string& name);

  std::unordered_map<std::string, Host> hosts_;
  std::size_t kept_ = 0;  // hosts that the last search did not forget
};

}  // namespace aluvia::proxy
