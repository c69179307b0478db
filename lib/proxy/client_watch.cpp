#include "proxy/client_watch.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::proxy {

bool ClientPresence::has_left(loop::TimePoint now, loop::TimePoint last_progress) {
  const net::PeerState state = client_.peer_state();
  if (state != net::PeerState::half_closed) return state == net::PeerState::gone;
  if (!half_closed_since_) half_closed_since_ = now;
  return now - std::max(*half_closed_since_, last_progress) >= limits_.half_closed_client;
}

loop::Task<bool> leaves_silently(net::Stream& client) {
  while (client.is_quiet()) {
    const std::error_code error = co_await client.ready(loop::Want::read);
    if (error) co_return false;
  }
  co_return client.has_ended();
}

ClientWatch::ClientWatch(net::Stream& client, loop::TaskStop stop, const Limits& limits,
                         std::function<void()> on_leaving)
    : stop_(std::move(stop)),
      begin_(loop::coarse_now()),
      presence_(client, limits),
      on_leaving_(std::move(on_leaving)),
      next_look_(client.executor(), [this] { look(); }) {
  next_look_.set_after(look_interval);
}

void ClientWatch::look() {
  if (!presence_.has_left(loop::Clock::now(), begin_)) return next_look_.set_after(look_interval);
  on_leaving_();
  stop_();  // which may be the end of this watch too
}

}  // namespace aluvia::proxy
