#include "proxy/upstream/bound_upstreams.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::proxy {

std::optional<net::Stream> BoundUpstreams::Share::take(const Decision& decision,
                                                       const http::Authority& authority) {
  const auto found = std::find_if(own_.begin(), own_.end(),
                                  [&authority](Place idle) { return idle->authority == authority; });
  if (found == own_.end()) return std::nullopt;
  const Place idle = *found;
  std::optional<net::Stream> taken;
  if (is_same_route(idle->decision, decision) && idle->stream.is_quiet()) {
    taken.emplace(std::move(idle->stream));
  }
  all_.close(idle);
  return taken;
}

void BoundUpstreams::Share::put(const Decision& decision, const http::Authority& authority,
                                net::Stream stream) {
  Decision now = all_.router_.decide(authority);
  if (!is_same_route(decision, now)) return;
  if (own_.size() >= all_.limits_.bound_per_client) all_.close(own_.front());
  if (all_.idle_.size() >= all_.limits_.connections) all_.close(all_.idle_.begin());
  own_.reserve(all_.limits_.bound_per_client);  // before the list holds what would have no owner
  own_.push_back(
      all_.idle_.insert(all_.idle_.end(), Idle{*this, authority, std::move(now), std::move(stream)}));
}

void BoundUpstreams::Share::clear() {
  while (!own_.empty()) all_.close(own_.back());
}

std::size_t BoundUpstreams::reconsider() {
  std::size_t closed = 0;
  for (Place idle = idle_.begin(); idle != idle_.end();) {
    Decision now = router_.decide(idle->authority);
    if (is_same_route(idle->decision, now)) {
      idle->decision = std::move(now);
      ++idle;
    } else {
      idle = close(idle);
      ++closed;
    }
  }
  return closed;
}

void BoundUpstreams::clear() {
  while (!idle_.empty()) close(idle_.begin());
}

BoundUpstreams::Place BoundUpstreams::close(Place idle) {
  std::erase(idle->owner.own_, idle);
  return idle_.erase(idle);
}

}  // namespace aluvia::proxy
