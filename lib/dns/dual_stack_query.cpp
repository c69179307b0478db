#include "dns/dual_stack_query.hpp"

#include "dns/address_order.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace aluvia::dns {
namespace {

// Owned by the two questions in the channel: when the channel goes, so does this.
struct Both {
  Both(const loop::Executor& executor, AresChannel::Done tell) : delay(executor), done(std::move(tell)) {}

  std::optional<DnsAnswer> v4;
  std::optional<DnsAnswer> v6;
  loop::Timer delay;
  AresChannel::Done done;  // empty once told
};

DnsAnswer merge(DnsAnswer v6, DnsAnswer v4) {
  if (v6.error) return v4;
  if (v4.error) return v6;
  v6.ttl = std::min(v4.ttl, v6.ttl);
  v6.addresses.insert(v6.addresses.end(), v4.addresses.begin(), v4.addresses.end());
  return v6;
}

void tell(Both& both) {
  both.delay.cancel();
  const AresChannel::Done done = std::exchange(both.done, nullptr);
  DnsAnswer answer = !both.v4   ? std::move(*both.v6)
                     : !both.v6 ? std::move(*both.v4)
                                : merge(std::move(*both.v6), std::move(*both.v4));
  sort_by_preference(answer.addresses);
  done(std::move(answer));
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

void ask_both_families(AresChannel& channel, const loop::Executor& executor, const std::string& host,
                       AresChannel::Done done) {
  const auto both = std::make_shared<Both>(executor, std::move(done));
  channel.ask(host, Family::v6, [both](DnsAnswer answer) { on_answer(both, both->v6, std::move(answer)); });
  channel.ask(host, Family::v4, [both](DnsAnswer answer) { on_answer(both, both->v4, std::move(answer)); });
}

}  // namespace aluvia::dns
