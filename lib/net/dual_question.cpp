#include "net/dual_question.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace aluvia::net {
namespace {

// Owned by the two questions in the channel: when the channel goes, so does this.
struct Both {
  Both(const Executor& executor, DnsChannel::Done tell) : delay(executor), done(std::move(tell)) {}

  std::optional<DnsAnswer> v4;
  std::optional<DnsAnswer> v6;
  Timer delay;
  DnsChannel::Done done;  // empty once told
};

// Connecting a datagram socket sends nothing; it fails where this machine has no route.
bool has_route(const Address& address) noexcept {
  const Endpoint endpoint(address, 9);
  const int probe = ::socket(endpoint.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool connected = ::connect(probe, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
  ::close(probe);
  return connected;
}

DnsAnswer merge(DnsAnswer v4, DnsAnswer v6) {
  if (v6.error) return v4;
  if (v4.error) return v6;
  DnsAnswer merged;
  merged.ttl = std::min(v4.ttl, v6.ttl);
  const bool v6_first = has_route(v6.addresses.front());
  merged.addresses = std::move(v6_first ? v6.addresses : v4.addresses);
  const auto& rest = v6_first ? v4.addresses : v6.addresses;
  merged.addresses.insert(merged.addresses.end(), rest.begin(), rest.end());
  return merged;
}

void tell(Both& both) {
  both.delay.cancel();
  const DnsChannel::Done done = std::exchange(both.done, nullptr);
  if (!both.v4) return done(std::move(*both.v6));
  if (!both.v6) return done(std::move(*both.v4));
  done(merge(std::move(*both.v4), std::move(*both.v6)));
}

void on_answer(const std::shared_ptr<Both>& both, std::optional<DnsAnswer>& place, DnsAnswer answer) {
  if (!both->done) return;  // told without us
  const bool is_good = !answer.error;
  place.emplace(std::move(answer));
  if (both->v4 && both->v6) return tell(*both);
  if (!is_good) return;  // the other family may still know better
  both->delay.expires_after(resolution_delay);
  both->delay.async_wait([waiting = std::weak_ptr(both)](std::error_code error) {
    const auto alive = waiting.lock();
    if (!error && alive && alive->done) tell(*alive);
  });
}

}  // namespace

void ask_both_families(DnsChannel& channel, const Executor& executor, const std::string& host,
                       DnsChannel::Done done) {
  const auto both = std::make_shared<Both>(executor, std::move(done));
  channel.ask(host, DnsChannel::Family::v6,
              [both](DnsAnswer answer) { on_answer(both, both->v6, std::move(answer)); });
  channel.ask(host, DnsChannel::Family::v4,
              [both](DnsAnswer answer) { on_answer(both, both->v4, std::move(answer)); });
}

}  // namespace aluvia::net
