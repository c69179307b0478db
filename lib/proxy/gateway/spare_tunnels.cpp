#include "proxy/gateway/spare_tunnels.hpp"

#include "loop/coarse_clock.hpp"

#include <algorithm>

namespace aluvia::proxy {
namespace {

// Above this number, or twice as many as there were tunnels being opened at the last time, hosts without one
// are forgotten. A fixed number would have the whole map searched for each tunnel of a burst that is larger.
constexpr std::size_t most_hosts = 1024;

// A handshake of TLS takes as long through a slow gateway; until its end the browser does not know.
constexpr std::chrono::seconds handshake_time{1};

}  // namespace

SpareTunnels::Opening::Opening(SpareTunnels& owner, const std::string& host)
    : host_(owner.host(host)),
      begun_(loop::coarse_now()),
      is_second_(host_.opening > 0 || begun_ - host_.last_opened < handshake_time) {
  ++host_.opening;
}

SpareTunnels::Opening::~Opening() {
  unlink();
  --host_.opening;
  host_.last_opened = loop::coarse_now();
  if (!is_second_) opened_first();
}

void SpareTunnels::Opening::opened_first() noexcept {
  host_.first_opened = host_.last_opened;
  host_.took = host_.first_opened - begun_;
  const loop::TimePoint end = host_.first_opened + host_.took + loop::coarse_step;
  for (ListNode* node = host_.held.front(); !host_.held.is_head(node); node = node->next()) {
    loop::Deadline& hold = *static_cast<Opening*>(node)->hold_;
    hold.set_at(std::min(hold.due(), end));
  }
}

void SpareTunnels::Opening::hold(const loop::Executor& executor, std::function<void()> on_end) {
  hold_.emplace(executor, std::move(on_end));
  const bool first_is_open = host_.first_opened > begun_ - handshake_time;
  const loop::TimePoint end = first_is_open ? host_.first_opened + host_.took : loop::TimePoint::max();
  hold_->set_at(std::min(begun_ + longest_hold, end) + loop::coarse_step);
  host_.held.push_back(*this);
}

bool SpareTunnels::Opening::end_hold() noexcept {
  const bool has_expired = hold_->expired();
  hold_.reset();
  unlink();
  return has_expired;
}

SpareTunnels::Host& SpareTunnels::host(const std::string& name) {
  if (const auto found = hosts_.find(name); found != hosts_.end()) return found->second;
  if (hosts_.size() >= std::max(most_hosts, 2 * kept_)) {
    std::erase_if(hosts_, [](const auto& entry) { return entry.second.opening == 0; });
    kept_ = hosts_.size();
  }
  return hosts_[name];
}

}  // namespace aluvia::proxy
