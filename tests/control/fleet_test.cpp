// A fleet of 100,000 sidecars in virtual time, each with the real schedule and the real reading of
// Retry-After. The API is a function of time, so the sidecars are independent of each other: they are
// simulated one after the other, and only their polls are counted together.
#include "control/poll_schedule.hpp"
#include "http/retry_after.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using aluvia::control::PollOutcome;
using aluvia::control::PollSchedule;
using aluvia::http::parse_retry_after;
using std::chrono::milliseconds;
using std::chrono::seconds;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t fleet = 100'000;
constexpr milliseconds interval = 5s;
constexpr milliseconds longest = 60s;
constexpr double steady = double(fleet) / (interval / 1.0s);  // polls per second

// Time in the simulation, since the common start.
using Moment = milliseconds;

struct Reply {
  PollOutcome outcome = PollOutcome::fine;
  std::string retry_after;  // the field's value; empty: there is none
};

constexpr std::chrono::sys_seconds start_of_time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 29}};

std::optional<seconds> wait_asked(const Reply& reply, Moment now) {
  if (reply.retry_after.empty()) return std::nullopt;
  return parse_retry_after(reply.retry_after, start_of_time + now);
}

// Polls counted in tenths of a second.
class Load {
 public:
  explicit Load(Moment end) : polls_(static_cast<std::size_t>(end / tenth) + 1) {}

  void count(Moment at) { ++polls_[static_cast<std::size_t>(at / tenth)]; }

  // The most polls within any second that begins at `from` or later, as a multiple of the steady rate.
  double peak(Moment from) const {
    std::uint64_t most = 0;
    for (auto begin = static_cast<std::size_t>(from / tenth); begin + 10 <= polls_.size(); ++begin) {
      std::uint64_t in_second = 0;
      for (std::size_t i = begin; i < begin + 10; ++i) in_second += polls_[i];
      most = std::max(most, in_second);
    }
    return static_cast<double>(most) / steady;
  }

 private:
  static constexpr milliseconds tenth = 100ms;
  std::vector<std::uint32_t> polls_;
};

// A sidecar up to its first configuration, as Account::first() does it; the moment at which it has one.
template <class Api>
Moment start_sidecar(const Api& api, std::uint32_t seed, Moment end, PollSchedule& schedule, Load& load) {
  std::optional<PollSchedule> pauses;
  for (Moment now{0};;) {
    load.count(now);
    const Reply reply = api(now);
    if (reply.outcome == PollOutcome::fine) return now;
    if (!pauses) pauses.emplace(500ms, 5s, seed + fleet, interval);
    const auto asked = wait_asked(reply, now);
    now += pauses->next_wait(reply.outcome, asked, end - now);
    if (asked) schedule.begin_spread();
  }
}

// All start at moment 0.
template <class Api>
Load simulate(const Api& api, Moment end) {
  Load load(end);
  for (std::uint32_t seed = 1; seed <= fleet; ++seed) {
    PollSchedule schedule(interval, longest, seed);
    Moment now = start_sidecar(api, seed, end, schedule, load);
    now += schedule.next_wait(PollOutcome::fine);
    while (now < end) {
      load.count(now);
      const Reply reply = api(now);
      now += schedule.next_wait(reply.outcome, wait_asked(reply, now));
    }
  }
  return load;
}

Reply in_order(Moment /*now*/) {
  return {};
}

auto outage(Moment begin, Moment end) {
  return [=](Moment now) {
    return Reply{now < begin || now >= end ? PollOutcome::fine : PollOutcome::failed, {}};
  };
}

using FieldValue = std::string (*)(Moment now, Moment moment);

std::string as_seconds(Moment now, Moment moment) {
  return std::to_string(std::chrono::ceil<seconds>(moment - now).count());
}

std::string as_date(Moment /*now*/, Moment moment) {
  const std::time_t when =
      std::chrono::system_clock::to_time_t(start_of_time + std::chrono::ceil<seconds>(moment));
  std::tm parts{};
  gmtime_r(&when, &parts);
  char text[64];
  const auto size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text, size};
}

// From `begin` to `moment` each answer names that moment in its Retry-After.
auto closed_until(Moment begin, Moment moment, FieldValue field) {
  return [=](Moment now) {
    if (now < begin || now >= moment) return Reply{};
    return Reply{PollOutcome::failed, field(now, moment)};
  };
}

constexpr double allowed = 1.2;
constexpr Moment after_the_start = 1s;
constexpr Moment fault_begins = 20s;

double peak_after(seconds closed, Moment begin, FieldValue field) {
  const Moment moment = begin + closed;
  const Moment all_are_back = moment + std::max<milliseconds>(interval, closed / 4);
  return simulate(closed_until(begin, moment, field), all_are_back + 4 * interval).peak(after_the_start);
}

}  // namespace

TEST_CASE("A fleet that starts at one moment polls evenly from its first second on") {
  CHECK(simulate(in_order, 60s).peak(after_the_start) < allowed);
}

TEST_CASE("A fleet does not come back as a wave from a minute's outage") {
  const Moment end = fault_begins + 60s;
  CHECK(simulate(outage(fault_begins, end), end + longest + 4 * interval).peak(after_the_start) < allowed);
}

TEST_CASE("A fleet does not come back as a wave from an hour's outage") {
  const Moment end = fault_begins + 3600s;
  CHECK(simulate(outage(fault_begins, end), end + longest + 4 * interval).peak(after_the_start) < allowed);
}

// 503 and 429 are one outcome to the schedule; answer_test shows that both bring their Retry-After to it.
TEST_CASE("A fleet does not come back within a second of the moment that Retry-After names in seconds") {
  for (const seconds closed : {5s, 8s, 20s, 60s, 3600s}) {
    INFO("closed for " << closed.count() << " s");
    CHECK(peak_after(closed, fault_begins, as_seconds) < allowed);
  }
}

TEST_CASE("A fleet does not come back within a second of the moment that Retry-After names as a date") {
  for (const seconds closed : {5s, 60s, 3600s}) {
    INFO("closed for " << closed.count() << " s");
    CHECK(peak_after(closed, fault_begins, as_date) < allowed);
  }
}

TEST_CASE("A fleet that starts while the API names a moment to come back does not come back at once") {
  for (const seconds closed : {2s, 10s, 60s}) {
    INFO("closed for " << closed.count() << " s");
    CHECK(peak_after(closed, 0s, as_seconds) < allowed);
    CHECK(peak_after(closed, 0s, as_date) < allowed);
  }
}

TEST_CASE("A fleet does not march in step where each answer asks for the same number of seconds") {
  for (const char* const asked : {"1", "30"}) {
    const Moment end = fault_begins + 60s;
    const auto api = [&](Moment now) {
      return now < fault_begins || now >= end ? Reply{} : Reply{PollOutcome::failed, asked};
    };
    INFO(asked << " s");
    CHECK(simulate(api, end + longest + 4 * interval).peak(after_the_start) < allowed);
  }
}
