#include "proxy/upstream/upstream_pool.hpp"

#include "loop/coarse_clock.hpp"

#include <algorithm>

namespace aluvia::proxy {
namespace {

constexpr std::chrono::milliseconds sweep_interval{5000};

}  // namespace

UpstreamPool::UpstreamPool(loop::Loop& loop, const Limits& limits)
    : limits_(limits), sweeper_(loop.get_executor(), [this] { sweep(); }) {}

std::size_t UpstreamPool::HashKey::operator()(const KeyView& key) const noexcept {
  const std::size_t others = std::size_t{key.port} * 2 + static_cast<std::size_t>(key.route);
  return std::hash<std::string_view>()(key.host) ^ (others * 0x9E3779B97F4A7C15U);
}

UpstreamPool::KeyView UpstreamPool::key_of(const Decision& decision,
                                           const http::Authority& authority) noexcept {
  return {authority.host, authority.port, decision.route};
}

std::optional<net::Stream> UpstreamPool::take(const Decision& decision, const http::Authority& authority,
                                              bool repeatable) {
  if (total_ == 0) return std::nullopt;
  const auto found = shelves_.find(key_of(decision, authority));
  // New credentials, session or geo need new connections.
  if (found == shelves_.end() || !is_same_route(found->second.decision, decision)) return std::nullopt;
  std::vector<Idle>& shelf = found->second.idle;
  const loop::TimePoint now = loop::coarse_now();
  const auto oldest_allowed = now - (repeatable ? loop::Clock::duration(limits_.upstream_idle)
                                                : loop::Clock::duration(limits_.fresh_enough));
  std::optional<net::Stream> taken;
  // The last one put back is the freshest; what is found dead on the way is dropped.
  while (!taken && !shelf.empty() && shelf.back().since >= oldest_allowed) {
    net::Stream& last = shelf.back().stream;
    const bool is_quiet = repeatable ? last.is_quiet_since(shelf.back().asked) : last.is_quiet();
    if (is_quiet) taken.emplace(std::move(last));
    shelf.pop_back();
    --total_;
  }
  return taken;
}

void UpstreamPool::put(const Decision& decision, const http::Authority& authority, net::Stream stream) {
  if (total_ >= limits_.upstream_idle_total) return;
  const KeyView key = key_of(decision, authority);
  auto found = shelves_.find(key);
  if (found == shelves_.end()) found = shelves_.emplace(Key(key), Shelf{authority, decision, {}}).first;
  Shelf& shelf = found->second;
  if (!is_same_route(shelf.decision, decision)) {
    if (shelf.decision.version() > decision.version()) return;
    total_ -= shelf.idle.size();
    shelf.idle.clear();
  }
  shelf.decision = decision;
  if (shelf.idle.size() >= limits_.upstream_idle_per_key) return;
  const std::uint64_t asked = stream.reactor().asked();
  shelf.idle.push_back({std::move(stream), loop::coarse_now(), asked});
  ++total_;
  schedule_sweep();
}

std::size_t UpstreamPool::reconsider(const Router& router) {
  const std::size_t before = total_;
  for (auto shelf = shelves_.begin(); shelf != shelves_.end();) {
    Decision now = router.decide(shelf->second.authority);
    if (is_same_route(shelf->second.decision, now)) {
      shelf->second.decision = std::move(now);
      ++shelf;
    } else {
      total_ -= shelf->second.idle.size();
      shelf = shelves_.erase(shelf);
    }
  }
  return before - total_;
}

void UpstreamPool::clear() {
  shelves_.clear();
  total_ = 0;
  sweeper_.clear();
}

void UpstreamPool::schedule_sweep() {
  if (!sweeper_.is_set()) sweeper_.set_after(std::min(sweep_interval, limits_.upstream_idle));
}

void UpstreamPool::sweep() {
  const auto oldest = loop::coarse_now() - limits_.upstream_idle;
  for (auto shelf = shelves_.begin(); shelf != shelves_.end();) {
    total_ -= std::erase_if(shelf->second.idle,
                            [oldest](Idle& idle) { return idle.since < oldest || !idle.stream.is_quiet(); });
    shelf = shelf->second.idle.empty() ? shelves_.erase(shelf) : std::next(shelf);
  }
  if (total_ > 0) schedule_sweep();
}

}  // namespace aluvia::proxy
