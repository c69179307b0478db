#include "proxy/gateway/credential_refresh.hpp"

#include "loop/event.hpp"

#include <list>
#include <optional>
#include <utility>

namespace aluvia::proxy {

// Shared with the callback that tells the end.
struct CredentialRefresh::State {
  std::list<loop::Event*> waiting;
  bool asking = false;
  config::Snapshot asked_with;                // in force when the last fetch was asked for
  std::optional<loop::TimePoint> fetched_at;  // when it ended

  void end() {
    asking = false;
    fetched_at = loop::Clock::now();
    for (loop::Event* const one : waiting) one->set();
  }
};

CredentialRefresh::CredentialRefresh(loop::Loop& loop, const Limits& limits, const Router& router,
                                     Request request)
    : loop_(loop),
      limits_(limits),
      router_(router),
      request_(std::move(request)),
      state_(std::make_shared<State>()) {}

// A poll may have brought others since then, which have not been tried: a fetch for them is a new one.
bool CredentialRefresh::was_fruitless(loop::TimePoint now, const config::Snapshot& current) const noexcept {
  const config::Snapshot& then = state_->asked_with;
  return state_->fetched_at && now < *state_->fetched_at + limits_.refresh_again && then && current &&
         then->gateway_authorization == current->gateway_authorization && then->gateway == current->gateway;
}

loop::Task<bool> CredentialRefresh::renew(const Decision& refused, const http::Authority& authority) {
  const Decision current = router_.decide(authority);
  if (!is_same_route(refused, current)) co_return true;
  const loop::TimePoint now = loop::Clock::now();
  if (!request_ || (!state_->asking && was_fruitless(now, current.snapshot))) co_return false;

  loop::Event ended(loop_.get_executor());
  struct Waiting {  // also when the task is cancelled while it waits
    State& state;
    loop::Event* event;
    Waiting(State& shared, loop::Event* own) : state(shared), event(own) { state.waiting.push_back(event); }
    ~Waiting() { state.waiting.remove(event); }
  } waiting(*state_, &ended);
  const bool is_first = !std::exchange(state_->asking, true);
  if (is_first) {
    state_->asked_with = current.snapshot;
    state_->fetched_at.reset();
    request_([state = state_] { state->end(); });
  }
  const std::error_code error = co_await ended.wait_until(now + limits_.refresh);
  if (error == std::errc::timed_out) state_->asking = false;  // no answer: the next one asks anew
  co_return !is_same_route(refused, router_.decide(authority));
}

}  // namespace aluvia::proxy
