#include "proxy/gateway/warm_pool.hpp"

#include "proxy/router.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::proxy {
namespace {

bool route_differs(const config::Snapshot& then, const config::Snapshot& now) {
  if (!then || !now) return then != now;
  const Decision before{then, rules::Route::gateway, {}};
  const Decision after{now, rules::Route::gateway, {}};
  return !is_same_route(before, after);
}

}  // namespace

WarmPool::WarmPool(loop::Loop& loop, UpstreamConnector& outbound, const Limits& limits, const Logger& logger,
                   std::size_t most)
    : outbound_(outbound),
      limits_(limits),
      logger_(logger),
      most_(most),
      sweeper_(loop.get_executor(), [this] { sweep(); }),
      tasks_(loop, [this](const char* task, const std::string& what) {
        logger_.error({"task_failed", {{"task", task}, {"error", what}}}, "a {} ended by {}", task, what);
      }) {}

void WarmPool::follow(const config::Snapshot& snapshot) {
  const bool changed = route_differs(snapshot_, snapshot);
  snapshot_ = snapshot;
  if (!changed || closed_) return;
  drop_all();
  if (!snapshot_) return;
  tasks_.spawn("look-up", outbound_.look_up(snapshot_->gateway, loop::Clock::now() + limits_.dial));
}

std::optional<net::Stream> WarmPool::take(std::string_view host) {
  if (most_ == 0 || closed_) return std::nullopt;
  note_demand(host);
  std::optional<net::Stream> taken;
  // The newest is the one most likely to be alive; what is found dead on the way is dropped.
  while (!taken && !idle_.empty()) {
    if (idle_.back().stream.is_quiet()) taken.emplace(std::move(idle_.back().stream));
    idle_.pop_back();
  }
  if (idle_.empty()) sweeper_.clear();
  ++(taken ? hits_ : misses_);
  refill();
  return taken;
}

void WarmPool::drop_all() {
  idle_.clear();
  demand_.clear();
  sweeper_.clear();
}

void WarmPool::hold(bool is_held) {
  is_held_ = is_held;
  if (is_held) drop_all();
}

void WarmPool::close() {
  closed_ = true;
  drop_all();
  tasks_.cancel_all();
}

void WarmPool::note_demand(std::string_view host) {
  trim_demand();
  const loop::TimePoint now = loop::Clock::now();
  if (demand_.empty()) {
    forecast_.begin(host);
    burst_begin_ = now;
  } else {
    forecast_.follow();
  }
  demand_.push_back(now);
  if (demand_.size() > most_) demand_.pop_front();
}

void WarmPool::trim_demand() {
  const loop::TimePoint oldest = loop::Clock::now() - limits_.gateway_warm_life;
  while (!demand_.empty() && demand_.front() < oldest) demand_.pop_front();
}

// As many as were asked for within the life of a warm connection: more would end unused. At the begin of a
// page they come sooner by the size of its last burst, without its first, which is under way.
std::size_t WarmPool::wanted() {
  trim_demand();
  const bool is_young = loop::Clock::now() - burst_begin_ < limits_.gateway_warm_life / 4;
  const std::size_t expected = is_young && forecast_.expected() > 0 ? forecast_.expected() - 1 : 0;
  return std::max(demand_.size(), std::min(expected, most_));
}

void WarmPool::refill() {
  if (closed_ || is_held_ || !snapshot_) return;
  const std::size_t wants = wanted();
  // Counted once: what fails before spawn() returns, as it does without a network, would be begun for ever.
  for (std::size_t has = idle_.size() + connecting_; has < wants; ++has) {
    ++connecting_;
    tasks_.spawn("warm connection", connect_one(snapshot_));
  }
}

loop::Task<void> WarmPool::connect_one(config::Snapshot snapshot) {
  struct Counted {  // also when the task is cancelled while it waits
    std::size_t& count;
    explicit Counted(std::size_t& counter) : count(counter) {}
    ~Counted() { --count; }
  } counted(connecting_);
  DialTimes times;  // no request waits for it
  const loop::TimePoint now = loop::Clock::now();
  auto connected = co_await outbound_.to_gateway(snapshot->gateway, 0, {now, now + limits_.dial, times});
  if (!connected) {
    logger_.debug({"warm_failed", {{"reason", connected.error().details}}}, "no warm connection: {}",
                  connected.error().details);
    co_return;
  }
  keep(std::move(connected->stream), snapshot);
}

void WarmPool::keep(net::Stream unused, const config::Snapshot& snapshot) {
  if (closed_ || is_held_ || idle_.size() >= most_ || route_differs(snapshot, snapshot_)) return;
  idle_.push_back({std::move(unused), loop::Clock::now()});
  if (idle_.size() == 1) watch();
}

// The pool's only timer: it runs while there is something to throw away, and strikes once for the oldest.
void WarmPool::watch() {
  sweeper_.set_at(idle_.front().since + limits_.gateway_warm_life);
}

void WarmPool::sweep() {
  const loop::TimePoint oldest = loop::Clock::now() - limits_.gateway_warm_life;
  std::erase_if(idle_, [oldest](const Idle& idle) { return idle.since <= oldest; });
  if (!idle_.empty()) watch();
}

}  // namespace aluvia::proxy
