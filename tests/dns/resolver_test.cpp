#include "dns/resolver.hpp"

#include "dns/dns_server.hpp"
#include "loop/loop_fixture.hpp"
#include "net/endpoint.hpp"
#include "net/error.hpp"
#include "net/tcp_pair.hpp"

#include <catch2/catch.hpp>

using namespace aluvia;
using namespace aluvia::net;
using namespace aluvia::loop;
using namespace aluvia::dns;
using namespace aluvia::test;
using namespace std::literals;

namespace {

using Answers = std::vector<DnsMessage>;
using Resolved = Result<Resolution>;

// Both families for every name below "example"; no other name exists.
Answers usual(const DnsQuestion& question) {
  if (!question.name.ends_with(".example")) return {DnsMessage(question).status(DnsStatus::name_error)};
  return {DnsMessage(question).address("192.0.2.1").address("192.0.2.2").address("2001:db8::1")};
}

Answers silence(const DnsQuestion&) {
  return {};
}

struct Look {
  explicit Look(DnsServer::Script script = usual)
      : server(fixture.loop, std::move(script)),
        resolver(std::move(Resolver::create(fixture.loop, {.servers = server.servers()}).value())) {}

  ~Look() { fixture.cancel_tasks(); }

  Resolved up(const std::string& host, TimePoint deadline = soon()) {
    return fixture.run(resolver->resolve(host, deadline));
  }

  LoopFixture fixture;
  DnsServer server;
  std::unique_ptr<Resolver> resolver;
};

std::vector<std::string> texts(const Resolved& resolved) {
  std::vector<std::string> out;
  if (!resolved) return {resolved.error().message()};
  for (const Address& address : resolved->addresses) out.push_back(address.to_string());
  return out;
}

bool has(const Resolved& resolved, const char* text) {
  const auto list = texts(resolved);
  return std::find(list.begin(), list.end(), text) != list.end();
}

Task<void> resolve_into(Resolver& resolver, std::string host, std::vector<Resolved>& out,
                        TimePoint deadline = soon()) {
  out.push_back(co_await resolver.resolve(std::move(host), deadline));
}

}  // namespace

TEST_CASE("A name is resolved to the addresses of both families") {
  Look look;
  const Resolved resolved = look.up("www.example");
  REQUIRE(resolved);
  CHECK(resolved->addresses.size() == 3);
  CHECK(resolved->is_from_dns);
  CHECK(has(resolved, "192.0.2.1"));
  CHECK(has(resolved, "192.0.2.2"));
  CHECK(has(resolved, "2001:db8::1"));
  CHECK(look.server.times_asked("www.example", DnsType::a) == 1);
  CHECK(look.server.times_asked("www.example", DnsType::aaaa) == 1);
}

TEST_CASE("One family is enough") {
  Look look(
      [](const DnsQuestion& question) -> Answers { return {DnsMessage(question).address("192.0.2.1")}; });
  CHECK(texts(look.up("v4.example")) == std::vector<std::string>{"192.0.2.1"});
  look.server.say(
      [](const DnsQuestion& question) -> Answers { return {DnsMessage(question).address("2001:db8::1")}; });
  CHECK(texts(look.up("v6.example")) == std::vector<std::string>{"2001:db8::1"});
}

TEST_CASE("One family's failure does not spoil the other's answer") {
  Look look([](const DnsQuestion& question) -> Answers {
    if (question.type == DnsType::aaaa) return {DnsMessage(question).status(DnsStatus::server_failure)};
    return {DnsMessage(question).address("192.0.2.1")};
  });
  CHECK(texts(look.up("v4.example")) == std::vector<std::string>{"192.0.2.1"});
}

TEST_CASE("A family without an answer costs a moment, not a time-out") {
  Look look([](const DnsQuestion& question) -> Answers {
    if (question.type == DnsType::aaaa) return {};
    return {DnsMessage(question).address("192.0.2.1")};
  });
  CHECK(texts(look.up("v4.example")) == std::vector<std::string>{"192.0.2.1"});
  // Before c-ares would ask a second time.
  CHECK(look.server.times_asked("v4.example", DnsType::aaaa) == 1);
}

TEST_CASE("An alias is followed") {
  Look look([](const DnsQuestion& question) -> Answers {
    return {DnsMessage(question).alias("real.example", 60).address("192.0.2.7").address("2001:db8::7")};
  });
  const Resolved resolved = look.up("alias.example");
  CHECK(has(resolved, "192.0.2.7"));
  CHECK(has(resolved, "2001:db8::7"));
}

TEST_CASE("Addresses are answered as themselves, and localhost as loopback, without asking anybody") {
  Look look;
  CHECK(texts(look.up("192.0.2.9")) == std::vector<std::string>{"192.0.2.9"});
  CHECK(texts(look.up("2001:db8::9")) == std::vector<std::string>{"2001:db8::9"});
  const std::vector<std::string> loopback{"127.0.0.1", "::1"};
  CHECK(texts(look.up("localhost")) == loopback);
  CHECK(texts(look.up("app.localhost")) == loopback);
  CHECK_FALSE(look.up("192.0.2.9")->is_from_dns);
  CHECK_FALSE(look.up("localhost")->is_from_dns);
  CHECK(look.server.asked.empty());
}

TEST_CASE("What the name server says is distinguished") {
  const auto [status, expected] = GENERATE(table<DnsStatus, NetError>({
      {DnsStatus::name_error, NetError::name_not_found},
      {DnsStatus::no_error, NetError::name_not_found},  // the name exists, without an address
      {DnsStatus::server_failure, NetError::dns_failure},
      {DnsStatus::refused, NetError::dns_failure},
  }));
  const DnsStatus said = status;
  Look look([said](const DnsQuestion& question) -> Answers { return {DnsMessage(question).status(said)}; });
  const Resolved resolved = look.up("www.example");
  REQUIRE_FALSE(resolved);
  CHECK(resolved.error() == make_error_code(expected));
}

TEST_CASE("A name that cannot be one does not exist, and no server is asked") {
  Look look;
  const std::string host = GENERATE(as<std::string>(), "a..example", std::string(64, 'a') + ".example");
  const Resolved resolved = look.up(host);
  REQUIRE_FALSE(resolved);
  CHECK(resolved.error() == make_error_code(NetError::name_not_found));
  CHECK(look.server.asked.empty());
}

TEST_CASE("A silent name server is given up at the deadline") {
  Look look(silence);
  const TimePoint deadline = GENERATE(0, 1) == 0 ? Clock::now() - 1s : Clock::now() + 10ms;
  const Resolved resolved = look.up("www.example", deadline);
  REQUIRE_FALSE(resolved);
  CHECK(resolved.error() == make_error_code(NetError::dns_timeout));
  CHECK(Clock::now() >= deadline);
}

TEST_CASE("An answer that comes after one task's deadline still serves the others and the next") {
  std::vector<Resolved> patient;
  Look look(silence);
  look.fixture.tasks.spawn("patient", resolve_into(*look.resolver, "late.example", patient));
  look.fixture.run_until([&] { return look.server.asked.size() == 2; });
  REQUIRE_FALSE(look.up("late.example", Clock::now()));
  CHECK(patient.empty());
  look.server.answer_late(usual);
  look.fixture.run_until([&] { return !patient.empty(); });
  CHECK(patient[0]);
  const std::size_t asked = look.server.asked.size();
  CHECK(look.up("late.example"));
  CHECK(look.server.asked.size() == asked);
}

TEST_CASE("A silent name delays no other look-up") {
  std::vector<Resolved> silent;
  Look look([](const DnsQuestion& question) -> Answers {
    return question.name == "silent.example" ? Answers{} : usual(question);
  });
  for (int i = 0; i < 3; ++i) {
    look.fixture.tasks.spawn("silent", resolve_into(*look.resolver, "silent.example", silent));
  }
  look.fixture.run_until([&] { return look.server.times_asked("silent.example") == 2; });
  // Before c-ares would even ask the silent one a second time.
  for (int i = 0; i < 5; ++i) CHECK(look.up("host" + std::to_string(i) + ".example", Clock::now() + 1500ms));
  CHECK(silent.empty());
}

TEST_CASE("Simultaneous requests for one name share one question for each family") {
  std::vector<Resolved> out;
  Look look;
  for (int i = 0; i < 10; ++i)
    look.fixture.tasks.spawn("look up", resolve_into(*look.resolver, "www.example", out));
  look.fixture.run_until([&] { return out.size() == 10; });
  for (const Resolved& resolved : out) {
    REQUIRE(resolved);
    CHECK(resolved->addresses.size() == 3);
  }
  CHECK(look.server.times_asked("www.example", DnsType::a) == 1);
  CHECK(look.server.times_asked("www.example", DnsType::aaaa) == 1);
}

TEST_CASE(
    "An answer is kept for its time to live, the shortest one of an alias's, and for a second at least") {
  Look look([](const DnsQuestion& question) -> Answers {
    DnsMessage message(question);
    if (question.name == "alias.example") message.alias("real.example", 1);
    const std::uint32_t ttl = question.name == "zero.example" ? 0 : question.name == "short.example" ? 1 : 60;
    return {message.address("192.0.2.1", ttl).address("2001:db8::1", ttl)};
  });
  const std::vector<std::string> short_lived{"short.example", "alias.example", "zero.example"};
  const TimePoint begin = Clock::now();
  REQUIRE(look.up("long.example"));
  const auto all_asked_again = [&] {
    return std::all_of(short_lived.begin(), short_lived.end(),
                       [&](const std::string& host) { return look.server.times_asked(host) > 2; });
  };
  while (!all_asked_again()) {
    for (const std::string& host : short_lived) {
      REQUIRE(look.up(host));
      if (look.server.times_asked(host) > 2) CHECK(Clock::now() - begin >= 1s);
    }
    REQUIRE(look.up("long.example"));
    REQUIRE(Clock::now() - begin < guard_time);
  }
  CHECK(look.server.times_asked("long.example") == 2);
}

TEST_CASE(
    "A kept name is answered at once when its time is over, and asked for again, also while name servers "
    "fail") {
  std::string address = "192.0.2.1";
  bool is_broken = false;
  Look look([&](const DnsQuestion& question) -> Answers {
    if (is_broken) return {DnsMessage(question).status(DnsStatus::server_failure)};
    return {DnsMessage(question).address(address, 1)};
  });
  const auto kept = [&] {
    return texts(look.fixture.run(look.resolver->resolve_kept("gw.example", soon())));
  };
  const std::vector<std::string> first{"192.0.2.1"};
  const std::vector<std::string> second{"192.0.2.2"};
  REQUIRE(kept() == first);
  is_broken = true;
  address = "192.0.2.2";
  const auto asked_again = [&] {
    const std::size_t before = look.server.times_asked("gw.example");
    while (look.server.times_asked("gw.example") == before) {
      REQUIRE(kept() == first);
      look.fixture.run_ready();
    }
  };
  asked_again();
  asked_again();
  is_broken = false;
  const TimePoint begin = Clock::now();
  while (kept() != second) {
    look.fixture.run_ready();
    REQUIRE(Clock::now() - begin < guard_time);
  }
}

TEST_CASE("A failure is remembered too, so that a page full of dead links asks once") {
  Look look;
  REQUIRE_FALSE(look.up("dead.invalid"));
  const std::size_t asked = look.server.asked.size();
  const Resolved again = look.up("dead.invalid");
  REQUIRE_FALSE(again);
  CHECK(again.error() == make_error_code(NetError::name_not_found));
  CHECK(look.server.asked.size() == asked);
}

TEST_CASE("A truncated answer is asked for again over TCP") {
  Look look([](const DnsQuestion& question) -> Answers {
    if (!question.over_tcp) return {DnsMessage(question).truncated()};
    return usual(question);
  });
  const Resolved resolved = look.up("big.example");
  REQUIRE(resolved);
  CHECK(resolved->addresses.size() == 3);
  const auto over_tcp = std::count_if(look.server.asked.begin(), look.server.asked.end(),
                                      [](const DnsQuestion& question) { return question.over_tcp; });
  CHECK(over_tcp == 2);
}

TEST_CASE("An answer with another question's number is ignored") {
  Look look([](const DnsQuestion& question) -> Answers {
    const auto other = static_cast<std::uint16_t>(question.id ^ 1);
    return {DnsMessage(question).id(other).address("192.0.2.66").address("2001:db8::66"),
            DnsMessage(question).address("192.0.2.1").address("2001:db8::1")};
  });
  const Resolved resolved = look.up("www.example");
  CHECK(has(resolved, "192.0.2.1"));
  CHECK_FALSE(has(resolved, "192.0.2.66"));
  CHECK_FALSE(has(resolved, "2001:db8::66"));
}

// What a liar may say to `question`; each names addresses that nobody may be sent to.
const std::vector<std::function<DnsMessage(const DnsQuestion&)>> lies{
    [](const DnsQuestion& question) {
      return DnsMessage(question).about("other.example").address("192.0.2.66").address("2001:db8::66");
    },
    [](const DnsQuestion& question) {
      return DnsMessage(question).id(static_cast<std::uint16_t>(question.id + 1)).address("192.0.2.66");
    },
    [](const DnsQuestion& question) { return DnsMessage(question).address("192.0.2.66").cut_at(1); },
    [](const DnsQuestion& question) { return DnsMessage(question).address("192.0.2.66").cut_at(0); },
};
const std::vector<std::function<DnsMessage(const DnsQuestion&)>> nonsense{
    [](const DnsQuestion& question) {
      return DnsMessage(question).owned_by(DnsMessage::wire_name("other.example")).address("192.0.2.66");
    },
    // A name that points at itself, and one that points behind the message.
    [](const DnsQuestion& question) {
      const auto here = static_cast<unsigned>(12 + question.wire.size());
      return DnsMessage(question).owned_by(DnsMessage::u16(0xC000 | here)).address("192.0.2.66");
    },
    [](const DnsQuestion& question) {
      return DnsMessage(question).owned_by("\xFF\xFF").address("192.0.2.66");
    },
    [](const DnsQuestion& question) {
      const std::size_t size = DnsMessage(question).address("192.0.2.66").wire().size();
      return DnsMessage(question).address("192.0.2.66").cut_at(size - 1);
    },
};

TEST_CASE("An answer to another question is ignored, and the truth that comes behind it is not") {
  for (const auto& lie : lies) {
    Look look([&lie](const DnsQuestion& question) -> Answers {
      return {lie(question), DnsMessage(question).address("192.0.2.1").address("2001:db8::1")};
    });
    const Resolved resolved = look.up("www.example");
    CHECK(has(resolved, "192.0.2.1"));
    CHECK_FALSE(has(resolved, "192.0.2.66"));
    CHECK_FALSE(has(resolved, "2001:db8::66"));
  }
}

TEST_CASE("A name server that only lies, or makes no sense, fails the look-up without a wrong address") {
  std::vector<std::function<DnsMessage(const DnsQuestion&)>> all = lies;
  all.insert(all.end(), nonsense.begin(), nonsense.end());
  for (const auto& lie : all) {
    Look look([&lie](const DnsQuestion& question) -> Answers { return {lie(question)}; });
    CHECK_FALSE(look.up("www.example", Clock::now() + 50ms));
  }
}

TEST_CASE("A truncated answer over TCP, too, fails and is not asked for without end") {
  Look look([](const DnsQuestion& question) -> Answers {
    return {DnsMessage(question).address("192.0.2.66").truncated().cut_at(question.over_tcp ? 20 : 512)};
  });
  CHECK_FALSE(look.up("big.example", Clock::now() + 500ms));
  CHECK(look.server.asked.size() < 20);
}

TEST_CASE("A cancelled task does not take the others' question with it") {
  std::vector<Resolved> cancelled;
  std::vector<Resolved> patient;
  Look look(silence);
  TaskGroup tasks(look.fixture.loop, nullptr);
  tasks.spawn("cancelled", resolve_into(*look.resolver, "www.example", cancelled));
  look.fixture.tasks.spawn("patient", resolve_into(*look.resolver, "www.example", patient));
  look.fixture.run_until([&] { return look.server.asked.size() == 2; });
  tasks.cancel_all();
  look.fixture.run_until([&] { return tasks.size() == 0; });
  CHECK(patient.empty());
  REQUIRE(cancelled.size() == 1);
  CHECK(cancelled[0].error() == asio::error::operation_aborted);
  look.server.answer_late(usual);
  look.fixture.run_until([&] { return !patient.empty(); });
  CHECK(patient[0]);
}

TEST_CASE("A resolver may be destroyed with open questions and no waiting task") {
  std::vector<Resolved> out;
  Look look(silence);
  TaskGroup tasks(look.fixture.loop, nullptr);
  for (const char* host : {"a.example", "a.example", "b.example"}) {
    tasks.spawn("look up", resolve_into(*look.resolver, host, out));
  }
  look.fixture.run_until([&] { return look.server.asked.size() == 4; });
  SECTION("over UDP") {}
  SECTION("over TCP") {
    look.server.say([](const DnsQuestion& question) -> Answers {
      if (question.over_tcp) return {};
      return {DnsMessage(question).truncated()};
    });
    tasks.spawn("look up", resolve_into(*look.resolver, "big.example", out));
    look.fixture.run_until([&] { return look.server.asked.back().over_tcp; });
  }
  tasks.cancel_all();
  look.fixture.run_until([&] { return tasks.size() == 0; });
  look.resolver.reset();
  look.fixture.run_ready();
  CHECK(look.server.times_asked("a.example") == 2);
}

TEST_CASE("A name server that is not there is reported as a failure") {
  LoopFixture fixture;
  std::string nobody;
  {
    const DnsServer closed(fixture.loop, usual);
    nobody = closed.servers();
  }
  fixture.run_ready();
  const auto resolver = std::move(Resolver::create(fixture.loop, {.servers = nobody}).value());
  const Resolved resolved = fixture.run(resolver->resolve("www.example", soon()));
  REQUIRE_FALSE(resolved);
  CHECK(resolved.error() == make_error_code(NetError::dns_failure));
}

TEST_CASE("A second name server answers where the first one fails") {
  LoopFixture fixture;
  DnsServer broken(fixture.loop, [](const DnsQuestion& question) -> Answers {
    return {DnsMessage(question).status(DnsStatus::server_failure)};
  });
  DnsServer good(fixture.loop, usual);
  const auto resolver =
      std::move(Resolver::create(fixture.loop, {.servers = broken.servers() + "," + good.servers()}).value());
  CHECK(fixture.run(resolver->resolve("www.example", soon())));
  CHECK(broken.asked.size() == 2);
}

TEST_CASE("A text that is no list of servers is rejected with a sentence") {
  LoopFixture fixture;
  const auto resolver = Resolver::create(fixture.loop, {.servers = "not a server"});
  REQUIRE_FALSE(resolver);
  CHECK_THAT(resolver.error(), Catch::Contains("not a server"));
}
