#include "admin/live_feed.hpp"

#include "admin/live_json.hpp"
#include "admin/status_json.hpp"
#include "admin/traffic_json.hpp"
#include "base/json_writer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

// Rendering happens on the loop and delays traffic: each takes about 3 us.
constexpr std::size_t most_requests = 300;
constexpr std::size_t most_groups = 200;
constexpr std::chrono::milliseconds freshness{500};
constexpr std::chrono::seconds memory{2};       // viewers ask once a second
constexpr std::chrono::milliseconds a_turn{1};  // a timer that is due at once could run in the same turn

}  // namespace

LiveFeed::LiveFeed(loop::Loop& loop, Source source, telemetry::RequestRing& ring, ledger::Ledger& ledger)
    : source_(std::move(source)),
      ring_(ring),
      ledger_(ledger),
      fresh_(loop.get_executor(), [this] { states_ = {}; }),
      recount_(loop.get_executor(), [this] { add_up(); }),
      reply_(loop.get_executor(), [this] { answer_waiting(); }),
      idle_(loop.get_executor(), [this] { groups_.reset(); }) {}

// Ten thousand tunnels take 2 ms to be added up, and as much to be counted for the status: these are done in
// two turns of the loop, so that traffic waits for one of them only. The groups are those of a second ago, or
// for the first viewer those that are added up before its answer.
void LiveFeed::answer(std::uint64_t since, Audience audience, Done done) {
  if (groups_) return done(text(since, audience));
  waiting_.push_back({since, audience, std::move(done)});
  recount_.set_at(loop::Clock::now());
}

void LiveFeed::add_up() {
  groups_ = source_.tunnels(most_groups);
  idle_.set_after(memory);
  if (!waiting_.empty()) reply_.set_after(a_turn);
}

void LiveFeed::answer_waiting() {
  for (Viewer& viewer : std::exchange(waiting_, {})) viewer.done(text(viewer.since, viewer.audience));
}

SecretString LiveFeed::text(std::uint64_t since, Audience audience) {
  JsonWriter out;
  out.begin_object();
  out.number("seq", ring_.last());
  out.number("unseen", ring_.unseen());
  out.begin_list("requests");
  std::uint64_t first = ring_.last() + 1;
  ring_.look(since, most_requests, std::chrono::system_clock::now(),
             [&](std::uint64_t sequence, const telemetry::RequestRecord& record) {
               first = std::min(first, sequence);
               write_request(out, sequence, record);
             });
  out.end_list();
  const std::uint64_t known = since > ring_.last() ? 0 : since;
  out.number("missed", first - known - 1);
  out.raw("state", state(audience));
  out.end_object();
  return out.take_line();
}

// Precondition: there are groups.
const SecretString& LiveFeed::state(Audience audience) {
  SecretString& text = states_[static_cast<std::size_t>(audience)];
  if (!text.empty()) return text;
  const StatusSnapshot status = source_.status();
  JsonWriter out;
  out.begin_object();
  const SecretString line = status_json(status, audience);
  out.raw("status", line.view().substr(0, line.size() - 1));
  write_tunnel_groups(out, *groups_);
  write_hosts(out, ledger_);
  if (status.snapshot) write_rules(out, *status.snapshot, ledger_);
  const auto now = std::chrono::floor<std::chrono::seconds>(status.now.time_since_epoch()).count();
  write_minutes(out, ledger_, static_cast<ledger::Seconds>(now));
  if (source_.price) out.raw("price", fmt::format("{:.4f}", *source_.price));
  out.end_object();
  text = out.take();
  fresh_.set_after(freshness);
  recount_.set_after(a_turn);
  return text;
}

}  // namespace aluvia::admin
