// Tests of UsageService: what a proxy with and without a state directory knows about its traffic.
#include "agent/errors.hpp"
#include "agent/fixture.hpp"
#include "agent/usage_service.hpp"

#include <filesystem>

#include <stdlib.h>

using namespace aluvia;
using namespace aluvia::agent;
using ledger::UsageBy;
using rules::Route;

namespace {

class Folder {
 public:
  Folder() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/agent-usage-XXXXXX";
};

// One run of a proxy, without the proxy: what it counts, and what it answers.
struct Run {
  explicit Run(const std::string& directory, std::optional<double> price = {})
      : service(*UsageService::open(loop, ledger, {directory, price}, Logger())) {}

  void transfer(const std::string& host, std::uint64_t down) {
    const ledger::Seconds now = 1'796'040'000;
    ledger::Entry& entry = ledger.open({host, Route::gateway, "*"}, now);
    ledger.add(entry, 0, down, now);
    ledger.close(entry, {}, now);
  }
  admin::UsageResult ask(UsageBy by, std::optional<ledger::Seconds> since = {}) {
    std::optional<admin::UsageResult> out;
    service->report({by, since}, [&](admin::UsageResult result) { out.emplace(std::move(result)); });
    while (!out) loop.run_one();
    return *out;
  }

  loop::Loop loop;
  ledger::Ledger ledger;
  std::unique_ptr<UsageService> service;
};

}  // namespace

TEST_CASE("Without a state directory the sums are those since the start") {
  Run run("", 2.0);
  run.transfer("a.test", 5);
  const auto report = run.ask(UsageBy::host);
  REQUIRE(report.has_value());
  CHECK_FALSE(report->is_kept);
  CHECK(report->price == 2.0);
  CHECK(report->problem.empty());
  REQUIRE(report->rows.size() == 1);
  CHECK(report->rows[0].total().bytes_down == 5);
  CHECK(run.ask(UsageBy::host, 0)->problem.empty());
  CHECK(run.ask(UsageBy::host, report->until + 1000)->problem ==
        "the proxy keeps no state, so these are the sums since its start, not since the time asked for");
  const auto days = run.ask(UsageBy::day);
  REQUIRE_FALSE(days.has_value());
  CHECK(days.error() ==
        "cannot show usage by day: the proxy keeps no state; start it with a state directory");
}

TEST_CASE("With a state directory the sums include earlier runs and what is not saved yet") {
  const Folder folder;
  {
    Run run(folder.path());
    run.transfer("a.test", 5);
    run.service->finish();
    run.loop.run();  // ends: nothing is left to wait for
  }
  Run run(folder.path(), 1.0);
  run.transfer("a.test", 7);
  const auto report = run.ask(UsageBy::host);
  REQUIRE(report.has_value());
  CHECK(report->is_kept);
  CHECK(report->price == 1.0);
  CHECK(report->total.total().bytes_down == 12);
  CHECK(run.ask(UsageBy::day)->rows.at(0).name == "2026-11-30");
}

TEST_CASE("A state directory that cannot be used ends the start before the API is asked") {
  agent::test::Fixture fixture;
  auto options = fixture.options();
  options.state_dir = "/proc/none";
  AgentConnectClient client(options);
  try {
    (void)client.start();
    FAIL("it started");
  } catch (const InvalidOptionError& error) {
    CHECK(error.option() == OptionId::state_dir);
    CHECK_THAT(error.reason(), Catch::StartsWith("/proc/none cannot be written: "));
  }
  CHECK(fixture.box.record().polls == 0);
}

TEST_CASE("A proxy makes the file of its state directory, and ends with it") {
  const Folder folder;
  const agent::test::Fixture fixture;
  auto options = fixture.options();
  options.state_dir = folder.path() + "/state";
  AgentConnectClient client(options);
  (void)client.start();
  CHECK(std::filesystem::exists(options.state_dir + "/usage.sqlite"));
  client.stop();
  (void)client.start();  // a second run uses it again
  client.stop();
}

TEST_CASE("A price is checked like any option") {
  const agent::test::Fixture fixture;
  for (const double price : {0.0, -1.0, 1e9}) {
    auto options = fixture.options();
    options.price = price;
    CHECK_THROWS_AS(AgentConnectClient(options), InvalidOptionError);
  }
}
