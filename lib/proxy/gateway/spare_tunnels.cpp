#include "proxy/gateway/spare_tunnels.hpp"

#include "loop/coarse_clock.hpp"

#include <algorithm>

namespace aluvia::proxy {
namespace {

// Above this number, hosts without a tunnel that is being opened are forgotten.
constexpr std::size_t most_hosts = 1024;

// A handshake of TLS takes as long through a slow gateway; until its end the browser does not know.
constexpr std::chrono::seconds handshake_time{1};

}  // namespace

SpareTunnels::Opening::Opening(SpareTunnels& owner, const std::string& host)
    : host_(owner.host(host)),
      is_second_(host_.opening > 0 || loop::coarse_now() - host_.last_opened < handshake_time) {
  ++host_.opening;
}

SpareTunnels::Opening::~Opening() {
  --host_.opening;
  host_.last_opened = loop::coarse_now();
}

SpareTunnels::Host& SpareTunnels::host(const std::string& name) {
  if (const auto found = hosts_.find(name); found != hosts_.end()) return found->second;
  if (hosts_.size() >= most_hosts) {
    std::erase_if(hosts_, [](const auto& entry) { return entry.second.opening == 0; });
  }
  return hosts_[name];
}

}  // namespace aluvia::proxy
