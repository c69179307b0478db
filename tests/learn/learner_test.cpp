#include "learn/learner.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::learn;
using namespace std::chrono_literals;
using State = HostState::State;
using What = Change::What;
using Kind = EvidenceKind;

namespace {

const Time start = Time(std::chrono::seconds(1'764'000'000));

std::vector<What> changes_of(Learner& learner) {
  std::vector<What> out;
  for (const Change& change : learner.take_changes()) out.push_back(change.what);
  return out;
}

void fail(Learner& learner, Kind kind, std::string_view host, Time first, int times) {
  for (int i = 0; i < times; ++i) learner.add({kind, host}, first + i * 1min);
}

}  // namespace

TEST_CASE("one report of a client learns a host for 24 hours") {
  Learner learner(Mode::learn);
  learner.add({Kind::report, "shop.test", "status 403"}, start);
  CHECK(learner.learned() == std::vector<std::string>{"shop.test"});
  const HostState* const host = learner.find("shop.test");
  REQUIRE(host);
  CHECK(host->evidence == "a client's report (status 403)");
  CHECK(host->since == start);
  CHECK(host->end == start + 24h);
  CHECK(learner.next_end() == start + 24h);
  CHECK(learner.count(State::learned) == 1);
}

TEST_CASE("a report about a learned host changes neither its end nor anything else") {
  Learner learner(Mode::learn);
  learner.add({Kind::report, "shop.test"}, start);
  (void)learner.take_changes();
  for (int i = 0; i < 1000; ++i) learner.add({Kind::report, "shop.test"}, start + 1h);
  CHECK(learner.take_changes().empty());
  CHECK(learner.find("shop.test")->end == start + 24h);
}

TEST_CASE("the third failure within ten minutes learns a host") {
  const auto [kind, text] =
      GENERATE(table<Kind, std::string>({{Kind::reset, "3 resets right after the ClientHello"},
                                         {Kind::refusal, "3 refused connections"},
                                         {Kind::silence, "3 direct requests without an answer"}}));
  Learner learner(Mode::learn);
  fail(learner, kind, "shop.test", start, 2);
  learner.answered("other.test", true, start + 1min);
  CHECK(learner.list().empty());
  learner.add({kind, "shop.test"}, start + 9min);
  REQUIRE(learner.find("shop.test"));
  CHECK(learner.find("shop.test")->evidence == text);
  CHECK(learner.find("shop.test")->state == State::learned);
}

TEST_CASE("failures of different kinds count together") {
  Learner learner(Mode::learn);
  learner.add({Kind::reset, "shop.test"}, start);
  learner.add({Kind::refusal, "shop.test"}, start + 1min);
  learner.answered("other.test", false, start + 1min);
  learner.add({Kind::silence, "shop.test"}, start + 2min);
  REQUIRE(learner.find("shop.test"));
  CHECK(learner.find("shop.test")->evidence == "3 failed direct requests");
}

TEST_CASE("failures that are not enough, too far apart or at the same moment learn nothing") {
  Learner learner(Mode::learn);
  learner.answered("other.test", true, start + 5min);
  SECTION("an answer of the site between them") {
    fail(learner, Kind::reset, "shop.test", start, 2);
    learner.answered("shop.test", true, start + 2min);
    learner.add({Kind::reset, "shop.test"}, start + 3min);
  }
  SECTION("more than ten minutes from the first to the third") {
    for (int i = 0; i < 10; ++i) learner.add({Kind::reset, "shop.test"}, start + i * 5min);
  }
  SECTION("the connections of one page") {
    for (int i = 0; i < 20; ++i) learner.add({Kind::reset, "shop.test"}, start + i * 40ms);
  }
  SECTION("different hosts") {
    for (int i = 0; i < 20; ++i)
      learner.add({Kind::reset, "h" + std::to_string(i) + ".test"}, start + i * 10s);
  }
  SECTION("a clock that is set back") {
    for (int i = 0; i < 20; ++i) learner.add({Kind::reset, "shop.test"}, start - i * 1min);
  }
  CHECK(learner.list().empty());
}

TEST_CASE("the window of ten minutes slides") {
  Learner learner(Mode::learn);
  learner.add({Kind::reset, "shop.test"}, start);
  learner.add({Kind::reset, "shop.test"}, start + 9min);
  learner.answered("other.test", true, start + 9min);
  learner.add({Kind::reset, "shop.test"}, start + 11min);
  CHECK(learner.list().empty());
  learner.add({Kind::reset, "shop.test"}, start + 12min);
  CHECK(learner.find("shop.test"));
}

TEST_CASE("an outage learns nothing until another request has an answer") {
  Learner learner(Mode::learn);
  learner.answered("other.test", true, start - 1s);
  fail(learner, Kind::silence, "shop.test", start, 3);
  fail(learner, Kind::silence, "news.test", start, 5);
  CHECK(learner.list().empty());
  SECTION("which shows that the network works") {
    learner.answered("news.test", true, start + 5min);
    CHECK(learner.learned() == std::vector<std::string>{"shop.test"});
  }
  SECTION("also one by the gateway") {
    learner.answered("other.test", false, start + 5min);
    CHECK(learner.learned() == std::vector<std::string>{"shop.test", "news.test"});
  }
  SECTION("unless it comes too late") {
    learner.answered("other.test", true, start + 1h);
    CHECK(learner.list().empty());
  }
}

TEST_CASE("a challenge only suggests, and a report or failures make more of it") {
  Learner learner(Mode::learn);
  learner.add({Kind::challenge, "shop.test", "challenges.cloudflare.com"}, start);
  for (int i = 0; i < 10; ++i) learner.add({Kind::challenge, "shop.test"}, start + i * 1min);
  CHECK(learner.learned().empty());
  REQUIRE(learner.find("shop.test"));
  CHECK(learner.find("shop.test")->state == State::suggested);
  CHECK(learner.find("shop.test")->evidence == "a challenge (challenges.cloudflare.com)");
  CHECK(changes_of(learner) == std::vector{What::suggested});
  learner.add({Kind::report, "shop.test"}, start + 1h);
  CHECK(learner.learned().size() == 1);
  CHECK(learner.count(State::suggested) == 0);
  CHECK(changes_of(learner) == std::vector{What::learned});
}

TEST_CASE("a suggestion ends after 24 hours") {
  Learner learner(Mode::learn);
  learner.add({Kind::challenge, "shop.test"}, start);
  learner.expire(start + 24h - 1s);
  CHECK(learner.find("shop.test"));
  learner.expire(start + 24h);
  CHECK_FALSE(learner.find("shop.test"));
  CHECK(changes_of(learner) == std::vector{What::suggested, What::forgotten});
}

TEST_CASE("a mode that suggests learns nothing") {
  Learner learner(Mode::suggest);
  learner.add({Kind::report, "shop.test"}, start);
  fail(learner, Kind::reset, "news.test", start, 2);
  learner.answered("other.test", true, start + 2min);
  learner.add({Kind::reset, "news.test"}, start + 3min);
  CHECK(learner.learned().empty());
  CHECK(learner.count(State::suggested) == 2);
}

TEST_CASE("a mode that is off takes no evidence") {
  Learner learner(Mode::off);
  learner.add({Kind::report, "shop.test"}, start);
  CHECK(learner.list().empty());
  CHECK(learner.take_changes().empty());
}

TEST_CASE("after its end a host is retried directly") {
  Learner learner(Mode::learn);
  learner.add({Kind::report, "shop.test"}, start);
  learner.expire(start + 24h);
  CHECK(learner.learned().empty());
  REQUIRE(learner.find("shop.test"));
  CHECK(learner.find("shop.test")->state == State::retried);
  (void)learner.take_changes();

  SECTION("an answer forgets it") {
    learner.answered("shop.test", true, start + 25h);
    CHECK_FALSE(learner.find("shop.test"));
    CHECK(changes_of(learner) == std::vector{What::forgotten});
  }
  SECTION("an answer by the gateway says nothing about it") {
    learner.answered("shop.test", false, start + 25h);
    CHECK(learner.find("shop.test"));
  }
  SECTION("one failure learns it again") {
    learner.add({Kind::reset, "shop.test"}, start + 25h);
    learner.answered("other.test", true, start + 25h + 1s);
    REQUIRE(learner.find("shop.test")->state == State::learned);
    CHECK(learner.find("shop.test")->end == start + 49h + 1s);
    CHECK(learner.find("shop.test")->evidence == "1 reset right after the ClientHello");
  }
  SECTION("a report learns it again") {
    learner.add({Kind::report, "shop.test"}, start + 25h);
    CHECK(learner.find("shop.test")->state == State::learned);
  }
  SECTION("nothing for a day forgets it") {
    learner.expire(start + 48h);
    CHECK(learner.list().empty());
  }
}

TEST_CASE("forgetting removes hosts and their failures") {
  Learner learner(Mode::learn);
  learner.add({Kind::report, "shop.test"}, start);
  learner.add({Kind::report, "news.test"}, start);
  CHECK(learner.forget("shop.test"));
  CHECK_FALSE(learner.forget("shop.test"));
  CHECK(learner.forget_all() == 1);
  CHECK(learner.list().empty());
  CHECK(learner.count(State::learned) == 0);
  CHECK_FALSE(learner.next_end());
  fail(learner, Kind::reset, "shop.test", start, 2);
  CHECK(learner.forget_all() == 0);
  learner.answered("other.test", true, start + 2min);
  learner.add({Kind::reset, "shop.test"}, start + 3min);
  CHECK(learner.list().empty());
}

TEST_CASE("the number of hosts and of suspects is bounded, and the oldest go first") {
  LearnerLimits limits;
  limits.hosts = 10;
  limits.suspects = 5;
  Learner learner(Mode::learn, limits);
  for (int i = 0; i < 1000; ++i)
    learner.add({Kind::report, "h" + std::to_string(i) + ".test"}, start + i * 1ms);
  CHECK(learner.list().size() == 10);
  CHECK(learner.count(State::learned) == 10);
  CHECK(learner.find("h999.test"));
  CHECK_FALSE(learner.find("h989.test"));
  const auto changes = learner.take_changes();
  CHECK(std::count_if(changes.begin(), changes.end(),
                      [](const Change& one) { return one.what == What::displaced; }) == 990);

  learner.answered("other.test", true, start + 1h);
  fail(learner, Kind::reset, "first.test", start, 2);
  for (int i = 0; i < 5; ++i) learner.add({Kind::reset, "s" + std::to_string(i) + ".test"}, start + 3min);
  learner.add({Kind::reset, "first.test"}, start + 4min);
  CHECK_FALSE(learner.find("first.test"));
}

TEST_CASE("restored hosts keep their state, within the limits of this run") {
  std::vector<HostState> hosts;
  hosts.push_back({"new.test", State::learned, "a client's report", start - 1h, start + 23h});
  hosts.push_back({"old.test", State::learned, "a client's report", start - 30h, start - 6h});
  hosts.push_back({"future.test", State::suggested, "a challenge", start + 90h, start + 999h});
  SECTION("which learns") {
    Learner learner(Mode::learn);
    learner.restore(hosts, start);
    CHECK(learner.learned() == std::vector<std::string>{"new.test"});
    CHECK(learner.find("old.test")->state == State::retried);
    CHECK(learner.find("future.test")->since == start);
    CHECK(learner.find("future.test")->end == start + 24h);
  }
  SECTION("which only suggests") {
    Learner learner(Mode::suggest);
    learner.restore(hosts, start);
    CHECK(learner.learned().empty());
    CHECK(learner.find("new.test")->state == State::suggested);
  }
  SECTION("which has fewer") {
    LearnerLimits limits;
    limits.hosts = 1;
    Learner learner(Mode::learn, limits);
    learner.restore(hosts, start);
    CHECK(learner.list().size() == 1);
    CHECK(learner.find("future.test"));
  }
}

TEST_CASE("names of a local network are not public") {
  for (const char* const host : {"localhost", "intranet", "printer.local", "app.localhost", "x.internal",
                                 "nas.lan", "router.home.arpa"}) {
    CAPTURE(host);
    CHECK_FALSE(is_public_name(host));
  }
  CHECK(is_public_name("shop.test"));
  CHECK(is_public_name("local.example.com"));
}
