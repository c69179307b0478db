#include "proxy/refresher.hpp"

#include <list>
#include <utility>

namespace aluvia::proxy {

// Shared with the callback that tells the end.
struct Refresher::State {
  std::list<net::Timer*> waiting;
  bool asking = false;
  net::TimePoint asked_at = net::TimePoint::min();

  void end() {
    asking = false;
    for (net::Timer* const timer : waiting) timer->cancel();
  }
};

Refresher::Refresher(net::Loop& loop, const Limits& limits, Request request)
    : loop_(loop), limits_(limits), request_(std::move(request)), state_(std::make_shared<State>()) {}

net::Task<bool> Refresher::refresh() {
  if (!request_) co_return false;
  const net::TimePoint now = net::Clock::now();
  const bool asked_lately =
      state_->asked_at != net::TimePoint::min() && now < state_->asked_at + limits_.refresh_again;
  if (!state_->asking && asked_lately) co_return false;

  net::Timer self(loop_.get_executor(), now + limits_.refresh);
  struct Waiting {  // also when the task is cancelled while it waits
    State& state;
    net::Timer* timer;
    Waiting(State& shared, net::Timer* own) : state(shared), timer(own) { state.waiting.push_back(timer); }
    ~Waiting() { state.waiting.remove(timer); }
  } waiting(*state_, &self);
  const bool is_first = !std::exchange(state_->asking, true);
  if (is_first) {
    state_->asked_at = now;
    request_([state = state_] { state->end(); });
  }
  std::error_code woken;
  if (state_->asking) co_await self.async_wait(net::use_task_with(woken));
  const bool has_ended = !state_->asking;
  if (!woken) state_->asking = false;  // no answer: the next one asks anew
  co_return has_ended;
}

}  // namespace aluvia::proxy
