#include "net/deadline.hpp"

#include <utility>

namespace aluvia::net {

struct Deadline::State {
  State(const Executor& executor, std::function<void()> action)
      : timer(executor), on_expiry(std::move(action)) {}

  static void arm(const std::shared_ptr<State>& state) {
    state->armed_for = state->due;
    state->timer.expires_at(state->due);
    state->timer.async_wait([state](std::error_code error) {
      if (error) return;  // moved to an earlier time, or the owner is gone
      fire(state);
    });
  }

  static void fire(const std::shared_ptr<State>& state) {
    state->armed_for = TimePoint::max();
    if (state->due == TimePoint::max()) return;
    if (state->due > Clock::now()) return arm(state);
    state->due = TimePoint::max();
    state->expired = true;
    // A copy of the handle keeps the action alive even if it destroys the owner.
    if (state->on_expiry) state->on_expiry();
  }

  Timer timer;
  std::function<void()> on_expiry;
  TimePoint due = TimePoint::max();
  TimePoint armed_for = TimePoint::max();
  bool expired = false;
};

Deadline::Deadline(const Executor& executor, std::function<void()> on_expiry)
    : state_(std::make_shared<State>(executor, std::move(on_expiry))) {}

Deadline::~Deadline() {
  state_->due = TimePoint::max();
  state_->timer.cancel();
}

void Deadline::set_at(TimePoint when) {
  state_->expired = false;
  state_->due = when;
  if (state_->armed_for > when) State::arm(state_);
}

void Deadline::clear() noexcept {
  state_->due = TimePoint::max();
  state_->expired = false;
}

bool Deadline::expired() const noexcept {
  return state_->expired;
}

}  // namespace aluvia::net
