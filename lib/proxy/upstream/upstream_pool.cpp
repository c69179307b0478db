#include "proxy/upstream/upstream_pool.hpp"

#include <algorithm>

namespace aluvia::proxy {
namespace {

constexpr std::chrono::milliseconds sweep_interval{5000};

}  // namespace

UpstreamPool::UpstreamPool(loop::Loop& loop, const Limits& limits)
    : limits_(limits), sweeper_(loop.get_executor()) {}

std::string UpstreamPool::key_of(const Decision& decision, const http::Authority& authority) {
  std::string key = authority.host;
  key.append({'\0', static_cast<char>(authority.port >> 8), static_cast<char>(authority.port & 0xFF)});
  if (decision.route == rules::Route::gateway) key += 'g';
  return key;
}

std::optional<net::Stream> UpstreamPool::take(const Decision& decision, const http::Authority& authority,
                                              bool repeatable) {
  if (total_ == 0) return std::nullopt;
  const auto found = shelves_.find(key_of(decision, authority));
  // New credentials, session or geo need new connections.
  if (found == shelves_.end() || !leads_the_same_way(found->second.decision, decision)) return std::nullopt;
  std::vector<Idle>& shelf = found->second.idle;
  const loop::TimePoint now = loop::Clock::now();
  const auto oldest_allowed = now - (repeatable ? loop::Clock::duration(limits_.upstream_idle)
                                                : loop::Clock::duration(limits_.fresh_enough));
  std::optional<net::Stream> taken;
  // The last one put back is the freshest; what is found dead on the way is dropped.
  while (!taken && !shelf.empty() && shelf.back().since >= oldest_allowed) {
    net::Stream& last = shelf.back().stream;
    if (last.is_quiet()) taken.emplace(std::move(last));
    shelf.pop_back();
    --total_;
  }
  return taken;
}

void UpstreamPool::put(const Decision& decision, const http::Authority& authority, net::Stream stream) {
  if (total_ >= limits_.upstream_idle_total) return;
  Shelf& shelf =
      shelves_.try_emplace(key_of(decision, authority), Shelf{authority, decision, {}}).first->second;
  if (!leads_the_same_way(shelf.decision, decision)) {
    if (shelf.decision.version() > decision.version()) return;
    total_ -= shelf.idle.size();
    shelf.idle.clear();
  }
  shelf.decision = decision;
  if (shelf.idle.size() >= limits_.upstream_idle_per_key) return;
  shelf.idle.push_back({std::move(stream), loop::Clock::now()});
  ++total_;
  schedule_sweep();
}

std::size_t UpstreamPool::reconsider(const Router& router) {
  const std::size_t before = total_;
  for (auto shelf = shelves_.begin(); shelf != shelves_.end();) {
    Decision now = router.decide(shelf->second.authority);
    if (leads_the_same_way(shelf->second.decision, now)) {
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
  sweeper_.cancel();
  sweep_scheduled_ = false;
}

void UpstreamPool::schedule_sweep() {
  if (sweep_scheduled_) return;
  sweep_scheduled_ = true;
  sweeper_.expires_after(std::min(sweep_interval, limits_.upstream_idle));
  sweeper_.async_wait([this](std::error_code error) {
    if (error) return;
    sweep_scheduled_ = false;
    sweep();
  });
}

void UpstreamPool::sweep() {
  const auto oldest = loop::Clock::now() - limits_.upstream_idle;
  for (auto shelf = shelves_.begin(); shelf != shelves_.end();) {
    total_ -= std::erase_if(shelf->second.idle,
                            [oldest](Idle& idle) { return idle.since < oldest || !idle.stream.is_quiet(); });
    shelf = shelf->second.idle.empty() ? shelves_.erase(shelf) : std::next(shelf);
  }
  if (total_ > 0) schedule_sweep();
}

}  // namespace aluvia::proxy
