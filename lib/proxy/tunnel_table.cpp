#include "proxy/tunnel_table.hpp"

#include "loop/deadline.hpp"
#include "net/addresses.hpp"
#include "net/error.hpp"
#include "net/keep_alive.hpp"
#include "net/pump.hpp"
#include "proxy/upstream/destination_policy.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <new>
#include <utility>

namespace aluvia::proxy {
namespace {

// Closing two connections takes about 20 us: a thousand tunnels at once would be felt by all others.
constexpr std::chrono::milliseconds ending_turn{1};

using telemetry::TunnelEnd;

// The phrases of records, by TunnelEnd.
constexpr std::array<std::string_view, telemetry::tunnel_end_names.size()> phrases{
    "ended",
    "reset",
    "ended because nothing moved",
    "ended by a new configuration",
    "cut by a new configuration",
    "ended with the proxy",
    "cut because its budget is used up"};

}  // namespace

class TunnelTable::Tunnel {
 public:
  Tunnel(TunnelTable& table, Ends ends, http::Authority authority, Decision decision, Request request)
      : table_(table),
        authority_(std::move(authority)),
        decision_(std::move(decision)),
        method_(std::move(request.method)),
        status_(request.status),
        address_(std::move(request.client)),
        account_(std::move(request.account)),
        count_(table.shares_.count_peer(ends.client.native_handle())),
        client_(std::move(ends.client)),
        upstream_(std::move(ends.upstream)),
        up_(client_, upstream_, table.loop_buffer_, nullptr, &table.pipes_),
        down_(upstream_, client_, table.loop_buffer_, nullptr, &table.pipes_),
        idle_(client_.executor(), [this] { on_quiet(); }) {
    upstream_.count_in(&account_.trace().wire);
  }

  void report_open() const {
    telemetry::RequestRecord record = record_of(method_, authority_, decision_);
    record.is_tunnel = true;
    record.status = status_;
    table_.reporter_.report_open(account_, record);
  }

  // The client's side is kept alive since it was accepted. The upstream's takes four system calls for it,
  // which the many short tunnels need not; no probe is later for it, because the kernel counts from the last
  // byte.
  void start(Place place, std::string to_upstream, std::string to_client) {
    place_ = place;
    net::WireCount& wire = account_.trace().wire;
    wire.awaits_read = true;
    if (!to_client.empty()) wire.add_read(0);  // they were counted when they came
    idle_.set_after(std::min(table_.limits_.tunnel_probed, table_.limits_.tunnel_idle));
    up_.start(std::move(to_upstream), [this](net::Pump::Outcome outcome) { on_end(upstream_, outcome); });
    down_.start(std::move(to_client), [this](net::Pump::Outcome outcome) { on_end(client_, outcome); });
  }

  // Where the way that the tunnel takes is still the right one, it goes on with the new snapshot, so that the
  // old one can be freed.
  RouteChange ask_again(const Router& router) {
    Decision now = router.decide_again(authority_);
    if (leads_to_blocked_address(now)) now.action = policy::Action::block;
    const RouteChange change = route_change(decision_, now);
    is_over_budget_ = now.is_over_budget;
    if (change != RouteChange::none) return change;
    const bool is_same_rule = now.why == decision_.why;
    decision_ = std::move(now);
    if (is_same_rule)
      account_.measure(authority_, decision_);
    else
      account_.follow(authority_, decision_);
    retire_by_ = loop::TimePoint::max();  // it may have been sent away and called back
    return change;
  }

  // A browser takes the end of a quiet connection for what it is and opens another; cutting a transfer would
  // cost it the page. The end is a reset also of a quiet tunnel: its content is unknown, and an answer
  // without a length that only paused would look whole.
  // False: it was ending already.
  bool set_end() {
    if (is_over_budget_) {  // it can move nothing
      const bool is_new = retire_by_ == loop::TimePoint::max();
      retire_by_ = loop::Clock::now();
      return is_new;
    }
    if (retire_by_ != loop::TimePoint::max()) return false;
    retire_by_ = loop::Clock::now() + table_.limits_.drain;
    return true;
  }
  bool is_over_budget() const noexcept { return is_over_budget_; }
  void end_if_quiet() { on_quiet(); }  // may destroy this
  loop::Executor executor() { return client_.executor(); }

  telemetry::TunnelView view(loop::TimePoint now) const {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    const loop::TimePoint last = std::max({opened_, up_.last_progress(), down_.last_progress()});
    return {authority_.text(),
            decision_.route,
            std::string(decision_.why),
            decision_.version(),
            duration_cast<milliseconds>(now - opened_),
            duration_cast<milliseconds>(now - last),
            account_.trace().wire.written,
            account_.trace().wire.read};
  }
  void add_to(telemetry::TunnelGrouping& groups, loop::TimePoint now) const {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    const loop::TimePoint last = std::max({opened_, up_.last_progress(), down_.last_progress()});
    groups.add({authority_.host, authority_.port, decision_.route, decision_.why},
               {duration_cast<milliseconds>(now - opened_), duration_cast<milliseconds>(now - last),
                account_.trace().wire.written, account_.trace().wire.read});
  }

  // Ends the tunnel: neither side may take what it got for all there was.
  void cut(TunnelEnd ending) {
    // Bytes that the proxy may not read any more are not counted, so that a budget ends at its limit.
    if (ending != TunnelEnd::budget) upstream_.count_unread();
    client_.reset_on_close();
    upstream_.reset_on_close();
    close(ending);
  }

 private:
  // The host alone does not tell where a direct tunnel leads.
  bool leads_to_blocked_address(const Decision& now) {
    if (now.route != rules::Route::direct || !now.policy() || !now.policy()->blocks_networks()) return false;
    const auto peer = net::peer_address(upstream_.native_handle());
    return peer && !blocking_network(now.policy(), *peer, authority_.port).empty();
  }

  void tell(TunnelEnd ending) {
    telemetry::RequestRecord record = record_of(method_, authority_, decision_);
    record.is_tunnel = true;
    record.status = status_;
    record.is_cut_by_upstream = is_cut_by_upstream_;
    record.reason = phrases[index_of(ending)];
    ++table_.counters_.tunnels_ended[index_of(ending)];
    table_.reporter_.report(account_, record);
  }

  // One direction is over: an orderly end is passed on and the other direction goes on; a fault ends both.
  void on_end(net::Stream& sink, net::Pump::Outcome outcome) {
    if (outcome.end != net::Pump::End::source_ended) {
      const auto fault_of_upstream =
          &sink == &upstream_ ? net::Pump::End::sink_failed : net::Pump::End::source_failed;
      is_cut_by_upstream_ = outcome.end == fault_of_upstream;
      warn_of_renegotiation(outcome.error);
      if (outcome.error == net::NetError::allowance_spent) return cut(TunnelEnd::budget);
      return cut(TunnelEnd::reset);
    }
    if (ended_sides_ == 1) return close(TunnelEnd::closed);
    ended_sides_ = 1;
    sink.shutdown_send();
    idle_.set_at(quiet_limit());
  }

  // The peers see a reset and cannot learn the reason: the log tells it.
  void warn_of_renegotiation(std::error_code error) const {
    if (error != net::NetError::tls_renegotiation) return;
    table_.logger_.warn({"tunnel_failed",
                         {{"host", authority_.host}, {"port", authority_.port}, {"reason", error.message()}}},
                        "tunnel to {} ended: {}", authority_.text(), error.message());
  }

  // The watchdog struck: bytes may have moved meanwhile, for it is not touched by every one of them.
  void on_quiet() {
    if (!std::exchange(is_kept_alive_, true)) net::keep_alive(upstream_.native_handle());
    const loop::TimePoint limit = std::min(quiet_limit(), retire_by_);
    if (limit > loop::Clock::now()) return idle_.set_at(limit);
    if (retire_by_ == loop::TimePoint::max()) return cut(TunnelEnd::idle);
    if (is_over_budget_) return cut(TunnelEnd::budget);
    const bool is_quiet = quiet_limit() <= loop::Clock::now();
    cut(is_quiet ? TunnelEnd::reconfigured : TunnelEnd::cut);
  }

  loop::TimePoint quiet_limit() const noexcept {
    const loop::TimePoint last = std::max(up_.last_progress(), down_.last_progress());
    if (retire_by_ != loop::TimePoint::max()) return last + table_.limits_.drain_quiet;
    return last + (ended_sides_ == 0 ? table_.limits_.tunnel_idle : table_.limits_.half_closed);
  }

  void close(TunnelEnd ending) {
    tell(ending);
    table_.remove(place_);  // destroys this
  }

  TunnelTable& table_;
  http::Authority authority_;
  Decision decision_;
  const std::string method_;
  const int status_;
  const std::unique_ptr<const std::string> address_;  // of the client; account_ refers to it
  OpenRequest account_;
  const ClientCount count_;
  net::Stream client_;
  net::Stream upstream_;
  net::Pump up_;
  net::Pump down_;
  loop::Deadline idle_;
  const loop::TimePoint opened_ = loop::Clock::now();
  Place place_{};
  int ended_sides_ = 0;
  bool is_kept_alive_ = false;  // the upstream's side
  bool is_over_budget_ = false;
  bool is_cut_by_upstream_ = false;
  loop::TimePoint retire_by_ = loop::TimePoint::max();
};

TunnelTable::TunnelTable(const Limits& limits, telemetry::Counters& counters, RequestReporter& reporter,
                         const Logger& logger, std::span<char> loop_buffer, net::PipePool& pipes,
                         ClientShares& shares)
    : limits_(limits),
      counters_(counters),
      reporter_(reporter),
      logger_(logger),
      loop_buffer_(loop_buffer),
      pipes_(pipes),
      shares_(shares) {}

TunnelTable::~TunnelTable() = default;

void TunnelTable::open(Ends ends, http::Authority authority, Decision decision, Request request) {
  ++counters_.of(decision.route).tunnels;
  std::string to_upstream = std::move(ends.to_upstream);
  std::string to_client = std::move(ends.to_client);
  tunnels_.emplace_back(*this, std::move(ends), std::move(authority), std::move(decision),
                        std::move(request));
  const Place place = std::prev(tunnels_.end());
  if (reporter_.wants_opens()) place->report_open();
  place->start(place, std::move(to_upstream), std::move(to_client));
}

void TunnelTable::remove(Place place) {
  if (walk_ && walk_->next == place) ++walk_->next;
  pending_.erase(&*place);
  tunnels_.erase(place);
  if (on_end_) on_end_();
}

void TunnelTable::reconsider(const Router& router, Done done) {
  end_walk();
  walk_.emplace(Walk{router, tunnels_.begin(), {}, std::move(done)});
  take_turn();
}

// Asks and ends a part of the tunnels. The rest follows in the next turn, in which new clients have theirs,
// too.
void TunnelTable::take_turn() {
  ask_some();
  end_pending();
  if (!walk_ && pending_.empty()) return;
  if (!next_turn_) next_turn_.emplace(tunnels_.front().executor(), [this] { take_turn(); });
  next_turn_->set_at(loop::Clock::now());
}

// A tunnel that opens meanwhile has the new route already; asking it changes nothing.
void TunnelTable::ask_some() {
  if (!walk_) return;
  for (std::size_t asked = 0; asked < asked_per_turn && walk_->next != tunnels_.end(); ++asked)
    ask(*walk_->next++);
  if (walk_->next == tunnels_.end()) end_walk();
}

void TunnelTable::ask(Tunnel& tunnel) {
  const RouteChange change = tunnel.ask_again(walk_->router);
  if (change == RouteChange::none) return;
  if (limits_.drain == Limits::never_drain && !tunnel.is_over_budget()) return;
  pending_.insert(&tunnel);
  if (!tunnel.set_end()) return;
  if (tunnel.is_over_budget())
    ++walk_->ending.over_budget;
  else
    ++(change == RouteChange::route ? walk_->ending.rerouted : walk_->ending.renewed);
}

void TunnelTable::end_walk() {
  if (!walk_) return;
  const Walk walk = std::move(*walk_);
  walk_.reset();
  counters_.tunnels_rerouted += walk.ending.rerouted;
  counters_.tunnels_renewed += walk.ending.renewed;
  if (walk.done) walk.done(walk.ending);
}

void TunnelTable::end_pending() {
  const loop::TimePoint enough = loop::Clock::now() + ending_turn;
  while (!pending_.empty() && loop::Clock::now() < enough) {
    Tunnel* const tunnel = *pending_.begin();
    pending_.erase(pending_.begin());
    tunnel->end_if_quiet();
  }
}

telemetry::TunnelViews TunnelTable::view(std::size_t most) const {
  telemetry::TunnelViews out;
  out.open = tunnels_.size();
  out.tunnels.reserve(std::min(most, out.open));
  const loop::TimePoint now = loop::Clock::now();
  for (const Tunnel& tunnel : tunnels_) {
    if (out.tunnels.size() == most) break;
    out.tunnels.push_back(tunnel.view(now));
  }
  return out;
}

telemetry::TunnelGroups TunnelTable::group(std::size_t most) const {
  telemetry::TunnelGrouping groups;
  const loop::TimePoint now = loop::Clock::now();
  for (const Tunnel& tunnel : tunnels_) tunnel.add_to(groups, now);
  return groups.largest(most);
}

void TunnelTable::end_all() {
  while (!tunnels_.empty()) tunnels_.front().cut(TunnelEnd::stopped);
}

}  // namespace aluvia::proxy
