// The connections that a proxy serves, for its stop and its figures.
#pragma once

#include "loop/intrusive_list.hpp"

#include <cstddef>
#include <functional>

namespace aluvia::proxy {

/// Loop thread only. Owns nothing: a connection leaves by its destruction.
class ConnectionList {
 public:
  /// Calls `action` whenever a connection has left.
  void on_leave(std::function<void()> action) { on_leave_ = std::move(action); }

  void add(loop::ListNode& connection) noexcept {
    all_.push_back(connection);
    ++size_;
  }
  void remove(loop::ListNode& connection) {
    connection.unlink();
    --size_;
    on_leave_();
  }
  std::size_t size() const noexcept { return size_; }

  /// Calls `action(loop::ListNode&)` for each Connection; it may end none of them at once.
  template <class Action>
  void each(Action action) {
    for (loop::ListNode* node = all_.front(); !all_.is_head(node); node = node->next()) {
      action(*node);
    }
  }

 private:
  loop::IntrusiveList all_;
  std::size_t size_ = 0;
  std::function<void()> on_leave_;
};

}  // namespace aluvia::proxy
