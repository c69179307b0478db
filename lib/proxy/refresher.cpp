#include "proxy/refresher.hpp"

#include "net/event.hpp"

#include <list>
#include <utility>

namespace aluvia::proxy {

// Shared with the callback that tells the end.
struct Refresher::State {
  std::list<net::Event*> waiting;
  bool asking = false;
  net::TimePoint asked_at = net::TimePoint::min();

  void end() {
    asking = false;
    for (net::Event* const one : waiting) one->set();
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

  net::Event ended(loop_.get_executor());
  struct Waiting {  // also when the task is cancelled while it waits
    State& state;
    net::Event* event;
    Waiting(State& shared, net::Event* own) : state(shared), event(own) { state.waiting.push_back(event); }
    ~Waiting() { state.waiting.remove(event); }
  } waiting(*state_, &ended);
  const bool is_first = !std::exchange(state_->asking, true);
  if (is_first) {
    state_->asked_at = now;
    request_([state = state_] { state->end(); });
  }
  const std::error_code error = co_await ended.wait_until(now + limits_.refresh);
  const bool is_told = ended.is_set();
  if (error == std::errc::timed_out) state_->asking = false;  // no answer: the next one asks anew
  co_return is_told;
}

}  // namespace aluvia::proxy
