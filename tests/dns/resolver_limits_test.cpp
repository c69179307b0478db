// Limits that no name server and no hosts file can exceed: time on the loop, addresses, memory, source ports.
#include "dns/ares_channel_pool.hpp"
#include "dns/cache.hpp"
#include "dns/dns_server.hpp"
#include "dns/resolver.hpp"
#include "dns/temporary_hosts_file.hpp"
#include "loop/event.hpp"
#include "loop/loop_fixture.hpp"
#include "net/endpoint.hpp"
#include "net/error.hpp"
#include "net/tcp_pair.hpp"

#include <set>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace aluvia;
using namespace aluvia::net;
using namespace aluvia::loop;
using namespace aluvia::dns;
using namespace aluvia::test;
using namespace std::literals;

namespace {

using Answers = std::vector<DnsMessage>;

struct Look {
  explicit Look(DnsServer::Script script, const std::string& hosts = "/nonexistent")
      : server(fixture.loop, std::move(script)),
        resolver(std::move(
            Resolver::create(fixture.loop, {.servers = server.servers(), .hosts_file = hosts}).value())) {}
  ~Look() { fixture.cancel_tasks(); }

  std::vector<std::string> up(const std::string& host) {
    const auto found = fixture.run(resolver->resolve(host, soon()));
    std::vector<std::string> out;
    if (!found) return {found.error().message()};
    for (const Address& address : found->addresses) out.push_back(address.to_string());
    return out;
  }

  LoopFixture fixture;
  DnsServer server;
  std::unique_ptr<Resolver> resolver;
};

Answers nothing(const DnsQuestion& question) {
  return {DnsMessage(question).status(DnsStatus::name_error)};
}

using Texts = std::vector<std::string>;

// Runs the loop until the hosts file has been looked at again: once a second.
template <class Predicate>
void look_until(Look& look, Predicate holds) {
  const TimePoint begin = Clock::now();
  while (!holds()) {
    look.fixture.run(pause(look.fixture.executor(), 20ms));
    REQUIRE(Clock::now() - begin < guard_time);
  }
}

Task<void> resolve_only(Resolver& resolver, std::string host, int& over) {
  const auto found = co_await resolver.resolve(std::move(host), soon());
  static_cast<void>(found);
  ++over;
}

// Two thousand addresses of either family fit into an answer over TCP.
Answers thousands(const DnsQuestion& question) {
  if (!question.over_tcp) return {DnsMessage(question).truncated()};
  DnsMessage message(question);
  const unsigned most = question.type == DnsType::a ? 4000 : 2300;
  for (unsigned i = 0; i < most; ++i) {
    message.address(question.type == DnsType::a ? fmt::format("198.51.{}.{}", i / 250, i % 250)
                                                : fmt::format("2001:db8::{:x}", i + 1));
  }
  if (question.name == "mixed.example") message.address("127.0.0.1").address("::1");
  return {message};
}

}  // namespace

TEST_CASE("A name in the hosts file has the addresses that stand there, and no name server is asked") {
  const TemporaryHostsFile hosts(
      "# comment 10.9.9.9 no.example\n"
      "127.0.1.1\tMixed.Example  alias.example # trailing.example\r\n"
      "\n"
      "not-an-address bad.example\n"
      "10.0.0.1 mixed.example\n"
      "2001:db8::5 six.example dotted.example.\n"
      "10.0.0.2 last.example");
  Look look(nothing, hosts.path());
  CHECK(look.up("alias.example") == Texts{"127.0.1.1"});
  auto both = look.up("mixed.example");
  std::ranges::sort(both);
  CHECK(both == Texts{"10.0.0.1", "127.0.1.1"});
  CHECK(look.up("six.example") == Texts{"2001:db8::5"});
  CHECK(look.up("dotted.example") == Texts{"2001:db8::5"});
  CHECK(look.up("last.example") == Texts{"10.0.0.2"});
  const auto found = look.fixture.run(look.resolver->resolve("alias.example", soon()));
  REQUIRE(found);
  CHECK_FALSE(found->is_from_dns);
  CHECK(look.server.asked.empty());
  for (const char* const host : {"no.example", "trailing.example", "bad.example", "example"}) {
    CHECK(look.up(host) == Texts{make_error_code(NetError::name_not_found).message()});
  }
}

TEST_CASE("A hosts file that changes, is replaced, removed or made is read again") {
  TemporaryHostsFile hosts("10.0.0.1 a.example\n");
  Look look(nothing, hosts.path());
  REQUIRE(look.up("a.example") == Texts{"10.0.0.1"});
  hosts.write("10.0.0.2 a.example\n");  // of the same size
  look_until(look, [&] { return look.up("a.example") == Texts{"10.0.0.2"}; });
  hosts.replace("10.0.0.3 a.example\n");
  look_until(look, [&] { return look.up("a.example") == Texts{"10.0.0.3"}; });
  std::filesystem::remove(hosts.path());
  look_until(look, [&] { return look.up("a.example") != Texts{"10.0.0.3"}; });
  hosts.write("10.0.0.4 a.example\n");
  look_until(look, [&] { return look.up("a.example") == Texts{"10.0.0.4"}; });
}

TEST_CASE("The look-up that finds the hosts file changed already sees the new contents") {
  TemporaryHostsFile hosts("10.0.0.1 a.example\n");
  Look look(nothing, hosts.path());
  hosts.replace("10.0.0.2 a.example\n");
  const TimePoint begin = Clock::now();
  look.fixture.run(pause(look.fixture.executor(), 1100ms));
  CHECK(look.up("a.example") == Texts{"10.0.0.2"});
  CHECK(Clock::now() - begin >= 1s);
}

TEST_CASE("A hosts file of 150,000 lines stops the loop neither when it is looked up nor when it changes") {
  std::string text;
  for (int i = 0; i < 150'000; ++i) text += fmt::format("0.0.0.0 host-{}.ads.example\n", i);
  const TemporaryHostsFile hosts(text);
  Look look(nothing, hosts.path());
  REQUIRE(look.up("host-149999.ads.example") == Texts{"0.0.0.0"});
  const auto thread_time = [] {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
  };
  auto begin = thread_time();
  for (int i = 0; i < 1000; ++i) look.up(fmt::format("host-{}.ads.example", i));
  CHECK(thread_time() - begin < 200ms);  // one parse takes 30 ms

  look.fixture.run(pause(look.fixture.executor(), 1100ms));
  hosts.replace(text + "10.0.0.1 new.example\n");
  begin = thread_time();
  CHECK(look.up("new.example") == Texts{"10.0.0.1"});
  CHECK(thread_time() - begin < 15ms);  // parsing and sorting take 50 ms at least, on the other thread
}

TEST_CASE("A resolver may be destroyed while its hosts file is read") {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += fmt::format("10.0.0.1 host-{}.example\n", i);
  const TemporaryHostsFile hosts(text);
  Look look(nothing, hosts.path());
  look.fixture.run(pause(look.fixture.executor(), 1100ms));
  hosts.replace(text + "10.0.0.1 new.example\n");
  int over = 0;
  TaskGroup tasks(look.fixture.loop, nullptr);
  tasks.spawn("look up", resolve_only(*look.resolver, "new.example", over));
  look.fixture.loop.poll_one();
  tasks.cancel_all();
  look.fixture.run_until([&] { return tasks.size() == 0; });
  look.resolver.reset();
  look.fixture.run_ready();
}

TEST_CASE("At most sixteen addresses of each family are kept, and no long answer stops the loop") {
  Look look(thousands);
  const TimePoint begin = Clock::now();
  const Texts found = look.up("many.example");
  INFO((Clock::now() - begin) / 1us << " us");
  CHECK(found.size() == 32);
  CHECK(std::ranges::count_if(found, [](const std::string& one) { return one.starts_with("198.51."); }) ==
        16);
}

TEST_CASE("A loopback address does not hide behind the limit") {
  Look look(thousands);
  const Texts found = look.up("mixed.example");
  CHECK(found.size() == 32);
  CHECK(std::ranges::count(found, "127.0.0.1") == 1);
  CHECK(std::ranges::count(found, "::1") == 1);
}

TEST_CASE(
    "A loopback address of the family that answers too late is never used, neither at once nor from the "
    "cache") {
  Look look([](const DnsQuestion& question) -> Answers {
    if (question.type == DnsType::aaaa) return {};
    return {DnsMessage(question).address("192.0.2.1")};
  });
  REQUIRE(look.up("late.example") == Texts{"192.0.2.1"});
  look.server.answer_late([](const DnsQuestion& question) -> Answers {
    return {DnsMessage(question).address("127.0.0.1").address("::1")};
  });
  look.fixture.run(pause(look.fixture.executor(), 20ms));
  CHECK(look.up("late.example") == Texts{"192.0.2.1"});
}

TEST_CASE("The hosts file gives sixteen addresses of each family at most, too") {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += fmt::format("10.0.0.{} many.example\n2001:db8::{} many.example\n", i, i + 1);
  const TemporaryHostsFile hosts(text);
  Look look(nothing, hosts.path());
  CHECK(look.up("many.example").size() == 32);
}

TEST_CASE("The cache is bounded in bytes, forgets the oldest first, and never a kept name") {
  DnsCache cache(64 * 1024);
  const TimePoint later = Clock::now() + 1h;
  const std::vector<Address> addresses(32, asio::ip::make_address("2001:db8::1"));
  cache.put("gateway.example", DnsCache::Entry(addresses, {}, later, true));
  std::size_t most = 0;
  for (int i = 0; i < 10'000; ++i) {
    cache.put(fmt::format("{}.{}.example", i, std::string(200, 'x')),
              DnsCache::Entry(addresses, {}, later, false));
    most = std::max(most, cache.bytes());
  }
  CHECK(most <= 64 * 1024);
  CHECK(cache.size() > 20);
  CHECK(cache.find("gateway.example"));
  CHECK(cache.find(fmt::format("9999.{}.example", std::string(200, 'x'))));
  CHECK_FALSE(cache.find(fmt::format("0.{}.example", std::string(200, 'x'))));
  cache.put("gateway.example", DnsCache::Entry({}, NetError::dns_failure, later, true));
  REQUIRE(cache.find("gateway.example"));
  CHECK(cache.find("gateway.example")->error == NetError::dns_failure);
  cache.clear();
  CHECK(cache.bytes() == 0);
  CHECK(cache.size() == 0);
}

TEST_CASE("Overlapping questions leave from source ports of their own") {
  Look look([](const DnsQuestion&) -> Answers { return {}; });
  int over = 0;
  constexpr std::size_t names = 40;
  for (std::size_t i = 0; i < names; ++i) {
    look.fixture.tasks.spawn("look up", resolve_only(*look.resolver, fmt::format("n{}.example", i), over));
    look.fixture.run_until([&] { return look.server.asked.size() >= 2 * (i + 1); });
  }
  std::set<unsigned> ports;
  for (const DnsQuestion& question : look.server.asked) ports.insert(question.from.port());
  CHECK(ports.size() >= names - 2);  // the kernel may give a port again that another channel has closed
  CHECK(over == 0);
}

TEST_CASE("Beyond the limit of channels look-ups share one, and are all answered") {
  Look look([](const DnsQuestion&) -> Answers { return {}; });
  int over = 0;
  constexpr std::size_t names = AresChannelPool::most_channels + 20;
  for (std::size_t i = 0; i < names; ++i) {
    look.fixture.tasks.spawn("look up", resolve_only(*look.resolver, fmt::format("n{}.example", i), over));
  }
  look.fixture.run_until([&] { return look.server.asked.size() >= 2 * names; });
  std::set<unsigned> ports;
  for (const DnsQuestion& question : look.server.asked) ports.insert(question.from.port());
  CHECK(ports.size() <= AresChannelPool::most_channels);
  CHECK(ports.size() > AresChannelPool::most_channels / 2);
  look.server.answer_late([](const DnsQuestion& question) -> Answers {
    return {DnsMessage(question).address("192.0.2.1").address("2001:db8::1")};
  });
  look.fixture.run_until([&] { return over == static_cast<int>(names); });
}
