#include "learn/learner.hpp"

#include "base/counted.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace aluvia::learn {
namespace {

using State = HostState::State;
using What = Change::What;

std::string with_details(std::string_view text, std::string_view details) {
  return details.empty() ? std::string(text) : fmt::format("{} ({})", text, details);
}

}  // namespace

Learner::Learner(Mode mode, Limits limits) : mode_(mode), limits_(limits) {}

// ---- evidence

void Learner::add(const Evidence& evidence, Time now) {
  expire(now);
  if (mode_ == Mode::off) return;
  const HostState* const known = hosts_.find(evidence.host);
  if (known && known->state == State::learned) return;  // a direct request from before
  const State wanted = mode_ == Mode::learn ? State::learned : State::suggested;
  switch (evidence.kind) {
    case EvidenceKind::report:
      return put(evidence.host, wanted, with_details("a client's report", evidence.details), now);
    case EvidenceKind::challenge:
      if (!known) put(evidence.host, State::suggested, with_details("a challenge", evidence.details), now);
      return;
    case EvidenceKind::reset:
    case EvidenceKind::refusal:
    case EvidenceKind::silence:
      return add_failure(evidence, now);
  }
}

void Learner::add_failure(const Evidence& evidence, Time now) {
  const Suspect* const before = suspects_.find(evidence.host);
  Suspect suspect = before ? *before : Suspect{std::string(evidence.host), {}};
  // Those of the future are of a clock that was set back.
  std::erase_if(suspect.failures,
                [&](const Failure& one) { return one.time > now || now - one.time >= limits_.window; });
  if (!suspect.failures.empty() && now - suspect.failures.back().time < limits_.spacing) return;
  suspect.failures.push_back({now, evidence.kind});
  if (suspect.failures.size() > limits_.failures) suspect.failures.erase(suspect.failures.begin());
  suspects_.put(suspect);
  if (suspects_.size() > limits_.suspects) (void)suspects_.take_oldest();
  if (is_enough(suspect)) decide(suspect, now);
}

bool Learner::is_enough(const Suspect& suspect) const {
  const HostState* const known = hosts_.find(suspect.host);
  const bool is_retried = known && known->state == State::retried;
  return suspect.failures.size() >= (is_retried ? 1 : limits_.failures);
}

// An outage looks like a site that blocks. An answer to any other request tells them apart.
void Learner::decide(const Suspect& suspect, Time now) {
  if (last_answer_ < suspect.failures.front().time) {
    if (std::ranges::find(unproven_, suspect.host) == unproven_.end()) unproven_.push_back(suspect.host);
    if (unproven_.size() > limits_.suspects) unproven_.erase(unproven_.begin());
    return;
  }
  put(suspect.host, mode_ == Mode::learn ? State::learned : State::suggested, text_of(suspect), now);
}

std::string Learner::text_of(const Suspect& suspect) {
  const std::size_t total = suspect.failures.size();
  const auto are_all = [&](EvidenceKind kind) {
    return std::ranges::all_of(suspect.failures, [kind](const Failure& one) { return one.kind == kind; });
  };
  if (are_all(EvidenceKind::reset)) return counted(total, "reset") + " right after the ClientHello";
  if (are_all(EvidenceKind::refusal)) return counted(total, "refused connection");
  if (are_all(EvidenceKind::silence)) return counted(total, "direct request") + " without an answer";
  return counted(total, "failed direct request");
}

void Learner::answered(std::string_view host, bool is_direct, Time now) {
  last_answer_ = std::max(last_answer_, now);
  if (is_direct) {
    suspects_.erase(host);
    const HostState* const known = hosts_.find(host);
    if (known && known->state == State::retried) (void)forget(host);
  }
  for (const std::string& other : std::exchange(unproven_, {})) {
    const Suspect* const suspect = suspects_.find(other);
    const bool is_fresh = suspect && now - suspect->failures.back().time < limits_.window;
    if (is_fresh && is_enough(*suspect)) decide(Suspect(*suspect), now);
  }
}

// ---- hosts

// A host that has this state already keeps it and its end: a thousand reports change nothing.
void Learner::put(std::string_view host, State state, std::string evidence, Time now) {
  if (const HostState* const known = hosts_.find(host)) {
    if (known->state == state) return;
    --counts_[static_cast<std::size_t>(known->state)];
  }
  const HostState next{std::string(host), state, std::move(evidence), now, now + limits_.lifetime};
  suspects_.erase(next.host);
  hosts_.put(next);
  ++counts_[static_cast<std::size_t>(state)];
  note(state == State::learned     ? What::learned
       : state == State::suggested ? What::suggested
                                   : What::retried,
       next);
  if (hosts_.size() <= limits_.hosts) return;
  HostState oldest = hosts_.take_oldest();
  --counts_[static_cast<std::size_t>(oldest.state)];
  note(What::displaced, std::move(oldest));
}

void Learner::expire(Time now) {
  while (!hosts_.empty() && hosts_.oldest().end <= now) {
    const HostState host = hosts_.oldest();
    if (host.state == State::learned) {
      put(host.host, State::retried, host.evidence, now);
    } else {
      (void)forget(host.host);
    }
  }
}

bool Learner::forget(std::string_view host) {
  suspects_.erase(host);
  const HostState* const known = hosts_.find(host);
  if (!known) return false;
  HostState gone = *known;
  --counts_[static_cast<std::size_t>(gone.state)];
  hosts_.erase(gone.host);
  note(What::forgotten, std::move(gone));
  return true;
}

std::size_t Learner::forget_all() {
  const std::size_t before = hosts_.size();
  while (!hosts_.empty()) (void)forget(std::string(hosts_.oldest().host));
  suspects_.clear();
  unproven_.clear();
  return before;
}

// A host of a mode that learned takes no gateway in one that only suggests. The clock may have been wrong.
void Learner::restore(std::vector<HostState> hosts, Time now) {
  for (HostState& host : hosts) {
    host.since = std::min(host.since, now);
    host.end = std::min(host.end, now + limits_.lifetime);
    if (mode_ != Mode::learn) host.state = State::suggested;
  }
  std::ranges::stable_sort(hosts, {}, &HostState::end);
  const std::size_t surplus = hosts.size() - std::min(hosts.size(), limits_.hosts);
  hosts.erase(hosts.begin(), hosts.begin() + static_cast<std::ptrdiff_t>(surplus));
  for (HostState& host : hosts) {
    if (hosts_.find(host.host)) continue;
    ++counts_[static_cast<std::size_t>(host.state)];
    hosts_.put(std::move(host));
  }
  expire(now);
}

std::vector<std::string> Learner::learned() const {
  std::vector<std::string> out;
  for (const HostState& host : hosts_) {
    if (host.state == State::learned) out.push_back(host.host);
  }
  return out;
}

std::size_t Learner::count(State state) const noexcept {
  return counts_[static_cast<std::size_t>(state)];
}

std::optional<Time> Learner::next_end() const {
  return hosts_.empty() ? std::nullopt : std::optional(hosts_.oldest().end);
}

void Learner::note(What what, HostState host) {
  changes_.push_back({what, std::move(host)});
}

std::vector<Change> Learner::take_changes() {
  return std::exchange(changes_, {});
}

}  // namespace aluvia::learn
