#include "agent/auto_service.hpp"

#include "agent/direct_evidence.hpp"
#include "policy/challenge_hosts.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace aluvia::agent {
namespace {

using learn::EvidenceKind;
using learn::HostState;
using std::chrono::system_clock;
using What = learn::Change::What;

constexpr auto publish_gap = std::chrono::milliseconds(250);
constexpr auto save_delay = std::chrono::seconds(1);
// The wall clock may jump, or the machine sleep: the ends are compared with it at least this often.
constexpr auto longest_sleep = std::chrono::hours(1);
// A page embeds its challenge at once.
constexpr auto challenge_delay = std::chrono::seconds(10);

std::string report_details(const admin::BlockReport& report) {
  if (report.status) return fmt::format("status {}", *report.status);
  return printable(report.reason, 80);
}

http::Authority site_of(const telemetry::RequestRecord& record) {
  auto site = http::parse_host(record.host);
  http::Authority out = site ? std::move(*site) : http::Authority{};
  out.port = record.port;
  return out;
}

}  // namespace

Result<std::unique_ptr<AutoService>, std::string> AutoService::open(loop::Loop& loop, learn::Mode mode,
                                                                    const std::string& directory,
                                                                    const Logger& logger) {
  std::shared_ptr<LearnedStore> store;
  if (!directory.empty()) store = std::make_shared<LearnedStore>(directory, logger);
  auto hosts = store ? store->load() : std::vector<HostState>();
  if (!hosts) return Err{std::move(hosts.error())};
  std::unique_ptr<AutoService> out(new AutoService(loop, mode, std::move(store), logger));
  out->learner_.restore(std::move(*hosts), system_clock::now());
  out->publishing_.hosts = out->learned();
  return out;
}

AutoService::AutoService(loop::Loop& loop, learn::Mode mode, std::shared_ptr<LearnedStore> store,
                         const Logger& logger)
    : logger_(logger), store_(std::move(store)), learner_(mode) {
  timers_.emplace(*this, loop.get_executor());
}

AutoService::Timers::Timers(AutoService& service, const loop::Executor& executor)
    : expiry(executor, [&service] { service.expire(); }),
      publish(executor,
              [&service] {
                if (service.publishing_.is_due) service.publish();
              }),
      save(executor, [&service] { service.save(); }) {}

void AutoService::expire() {
  learner_.expire(system_clock::now());
  settle();
  plan_expiry();
}

void AutoService::connect(Planes planes) {
  planes_ = std::move(planes);
  settle();
  plan_expiry();
}

// ---- evidence

std::string AutoService::obstacle(const http::Authority& site, const proxy::Decision& decision) const {
  if (site.kind != http::HostKind::name) return "an address is not learned; a rule can name it";
  if (!learn::is_public_name(site.host)) return "it is a name of a local network";
  if (decision.is_blocked()) return fmt::format("the policy blocks it ({})", decision.why);
  if (decision.route == rules::Route::gateway)
    return fmt::format("it takes the gateway already ({})", decision.why);
  if (!decision.snapshot || !decision.snapshot->rules.takes_auto())
    return "AUTO is not among the rules, or -AUTO is";
  if (decision.why.starts_with('-')) return fmt::format("the rule {} excludes it", decision.why);
  if (decision.why != proxy::no_rule) return std::string(decision.why);
  return {};
}

void AutoService::observe(const telemetry::RequestRecord& record) {
  const auto now = system_clock::now();
  if (has_answer(record)) {
    learner_.answered(record.host, record.route == rules::Route::direct, now);
    return settle();
  }
  const auto kind = evidence_of(record);
  if (!kind) return;
  const http::Authority site = site_of(record);
  if (site.host.empty() || !obstacle(site, planes_.decide(site)).empty()) return;
  learner_.add({*kind, site.host}, now);
  settle();
}

void AutoService::observe_open(const telemetry::RequestRecord& record) {
  if (record.route != rules::Route::direct) return;
  const auto now = system_clock::now();
  if (!policy::is_challenge_host(record.host)) {
    last_site_ = site_of(record);
    last_site_time_ = now;
    return;
  }
  if (last_site_.host.empty() || now - last_site_time_ > challenge_delay) return;
  if (!obstacle(last_site_, planes_.decide(last_site_)).empty()) return;
  learner_.add({EvidenceKind::challenge, last_site_.host, record.host}, now);
  settle();
}

void AutoService::report(const admin::BlockReport& report, std::function<void(admin::BlockEffect)> done) {
  if (auto why = obstacle(report.site, planes_.decide(report.site)); !why.empty())
    return done({"none", std::move(why)});
  learner_.add({EvidenceKind::report, report.site.host, report_details(report)}, system_clock::now());
  settle();
  if (learner_.mode() != learn::Mode::learn)
    return done({"suggested", "this proxy only suggests: a rule sends it through the gateway"});
  when_in_force([done = std::move(done)] {
    done({"learned", "it takes the gateway from now on, for 24 h; then direct is tried again"});
  });
}

void AutoService::forget(const std::vector<std::string>& hosts,
                         std::function<void(admin::ForgetResult)> done) {
  for (const std::string& host : hosts) {
    if (!learner_.find(host))
      return done(Err{fmt::format("{} is not learned; nothing was forgotten", printable(host, 80))});
  }
  std::size_t number = hosts.empty() ? learner_.forget_all() : 0;
  for (const std::string& host : hosts) {
    if (learner_.forget(host)) ++number;
  }
  settle();
  when_in_force([number, done = std::move(done)] { done(number); });
}

// ---- effects

void AutoService::settle() {
  const auto changes = learner_.take_changes();
  if (changes.empty()) return;
  for (const learn::Change& change : changes) log(change);
  if (!timers_) return;
  plan_expiry();
  if (store_ && !timers_->save.is_set()) timers_->save.set_after(save_delay);
  if (publishing_.is_due || learner_.learned() == publishing_.hosts) return;
  publishing_.is_due = true;
  if (!publishing_.is_running && !timers_->publish.is_set()) publish();
}

void AutoService::log(const learn::Change& change) const {
  const HostState& host = change.host;
  const std::vector<LogField> fields{{"host", host.host}, {"evidence", host.evidence}};
  const std::string name = printable(host.host);
  switch (change.what) {
    case What::learned:
      return logger_.info({"host_learned", fields}, "AUTO learned {} from {}: it takes the gateway for 24 h",
                          name, printable(host.evidence));
    case What::suggested:
      return logger_.info({"host_suggested", fields}, "AUTO suggests {} because of {}", name,
                          printable(host.evidence));
    case What::retried:
      return logger_.info({"host_retried", fields}, "{} was learned 24 h ago: direct is tried again", name);
    case What::forgotten:
      return logger_.info({"host_forgotten", fields}, "AUTO forgets {}", name);
    case What::displaced:
      return logger_.info({"host_displaced", fields}, "AUTO forgets {}: newer hosts take its place", name);
  }
}

void AutoService::plan_expiry() {
  if (!timers_) return;
  const auto end = learner_.next_end();
  if (!end) return timers_->expiry.clear();
  const auto wait = std::max(*end - system_clock::now(), system_clock::duration::zero());
  timers_->expiry.set_after(std::min<system_clock::duration>(wait, longest_sleep));
}

void AutoService::publish() {
  publishing_.is_due = false;
  publishing_.is_running = true;
  publishing_.hosts = learner_.learned();
  publishing_.in_flight = std::exchange(publishing_.waiting, {});
  planes_.publish(publishing_.hosts, [this] {
    publishing_.is_running = false;
    if (timers_) timers_->publish.set_after(publish_gap);
    for (const auto& done : std::exchange(publishing_.in_flight, {})) done();
  });
}

void AutoService::when_in_force(std::function<void()> done) {
  if (publishing_.is_due) return publishing_.waiting.push_back(std::move(done));
  if (publishing_.is_running) return publishing_.in_flight.push_back(std::move(done));
  done();
}

void AutoService::save() {
  if (!store_ || !planes_.run_off_loop) return;
  planes_.run_off_loop([store = store_, hosts = learner_.list()] { store->save(hosts); });
}

void AutoService::finish() {
  const bool is_unsaved = timers_ && timers_->save.is_set();
  timers_.reset();
  if (is_unsaved) save();
}

admin::AutoStatus AutoService::status() const {
  return {learner_.mode(), learner_.count(HostState::State::learned),
          learner_.count(HostState::State::suggested)};
}

}  // namespace aluvia::agent
