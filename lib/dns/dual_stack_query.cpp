#include "dns/dual_stack_query.hpp"

#include "dns/address_order.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace aluvia::dns {
namespace {

// Owned by the two open questions, and with them by the channel.
struct Both {
  Both(const loop::Executor& executor, AresChannel::Done tell)
      : delay(executor, [this] { answer_now(); }), done(std::move(tell)) {}
  void answer_now();

  std::optional<DnsAnswer> v4;
  std::optional<DnsAnswer> v6;
  loop::Deadline delay;
  AresChannel::Done done;  // empty once called
};

DnsAnswer merge(DnsAnswer v6, DnsAnswer v4) {
  if (v6.error) return v4;
  if (v4.error) return v6;
  v6.ttl = std::min(v4.ttl, v6.ttl);
  v6.addresses.insert(v6.addresses.end(), v4.addresses.begin(), v4.addresses.end());
  return v6;
}

void Both::answer_now() {
  delay.clear();
  DnsAnswer answer = !v4 ? std::move(*v6) : !v6 ? std::move(*v4) : merge(std::move(*v6), std::move(*v4));
  sort_by_preference(answer.addresses);
  std::exchange(done, nullptr)(std::move(answer));
}

void on_answer(const std::shared_ptr<Both>& both, std::optional<DnsAnswer>& place, DnsAnswer answer) {
  if (!both->done) return;  // it has answered without this family
  const bool is_good = !answer.error;
  place.emplace(std::move(answer));
  if (both->v4 && both->v6) return both->answer_now();
  if (!is_good) return;  // the other family may have an address
  both->delay.set_at(loop::Clock::now() + resolution_delay);
}

}  // namespace

void ask_both_families(AresChannel& channel, const loop::Executor& executor, const std::string& host,
                       AresChannel::Done done) {
  const auto both = std::make_shared<Both>(executor, std::move(done));
  channel.ask(host, Family::v6, [both](DnsAnswer answer) { on_answer(both, both->v6, std::move(answer)); });
  channel.ask(host, Family::v4, [both](DnsAnswer answer) { on_answer(both, both->v4, std::move(answer)); });
}

}  // namespace aluvia::dns
