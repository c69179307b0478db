// Tests of budgets with real tunnels and exchanges: what counts, how exactly they end, and that nothing goes
// directly instead.
#include "gateway_fixture.hpp"
#include "ledger/ledger.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

using namespace std::string_literals;

constexpr std::uint64_t most_over = 64 * 1024;
constexpr budget::Seconds noon = 1'796'040'000;  // 2026-11-30T12:00:00Z
constexpr budget::Seconds day = 86'400;

struct Fixture {
  std::mutex mutex;
  std::vector<std::string> reasons;
  std::atomic<budget::Seconds> time = noon;
  SandboxFixture sandbox;
  FakeServer gateway{1024};
  FakeServer site;
  ledger::Ledger ledger;
  Proxy proxy;

  explicit Fixture(std::vector<std::string> budgets, proxy::BudgetOptions options = {},
                   proxy::EarlyConnectMode early = proxy::EarlyConnectMode::off)
      : proxy({.rules = {"*.gw.test"},
               .policy = policy(std::move(budgets)),
               .gateway_port = gateway.port(),
               .dns_server = sandbox.dns(),
               .early_connect = early,
               .on_request = [this](const telemetry::RequestRecord& one) { add(one); },
               .ledger = &ledger,
               .budgets = with_clock(std::move(options))}) {}

  static policy::PolicyTexts policy(std::vector<std::string> budgets) {
    policy::PolicyTexts out;
    out.budgets = std::move(budgets);
    return out;
  }
  proxy::BudgetOptions with_clock(proxy::BudgetOptions options) {
    options.clock = [this] { return time.load(); };
    return options;
  }
  void add(const telemetry::RequestRecord& one) {
    const std::lock_guard lock(mutex);
    reasons.emplace_back(one.reason);
  }
  bool has_reason(const std::string& text) {
    const std::lock_guard lock(mutex);
    return std::ranges::any_of(reasons, [&](const auto& one) { return one.find(text) != one.npos; });
  }

  struct Ends {
    Peer client;
    Peer server;
  };
  Ends tunnel(const std::string& host = "a.gw.test:443") {
    Peer client = proxy.client();
    client.sends("CONNECT " + host + " HTTP/1.1\r\nHost: x\r\n\r\n");
    Peer server = gateway.accepts();
    server.reads_head();
    server.sends("HTTP/1.1 200 OK\r\n\r\n");
    client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
    return {std::move(client), std::move(server)};
  }
  Message answer_to(const std::string& request) {
    Peer client = proxy.client();
    client.sends(request);
    return client.reads_message();
  }
  Message connects(const std::string& host = "a.gw.test:443") {
    return answer_to("CONNECT " + host + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  void expect_direct_works() {
    Peer client = proxy.tunnel("direct.test:" + std::to_string(site.port()));
    Peer server = site.accepts();
    client.sends("up");
    server.receives("up");
  }
  void expect_closed(const std::string& budget, const std::string& host = "a.gw.test") {
    const std::string requests[] = {"CONNECT " + host + ":443 HTTP/1.1\r\nHost: x\r\n\r\n",
                                    "GET http://" + host + "/ HTTP/1.1\r\nHost: " + host + "\r\n\r\n"};
    for (const std::string& request : requests) {
      INFO(request);
      const Message answer = answer_to(request);
      CHECK(answer.status == 403);
      CHECK_THAT(answer.head, Catch::Contains("error=http_request_denied; details=\"" + host));
      CHECK_THAT(answer.body, Catch::Contains("the budget " + budget + " is used up; it opens again at "));
    }
    expect_direct_works();
  }
  std::uint64_t counted() {
    std::uint64_t out = 0;
    static_cast<void>(proxy.counters());
    proxy.on_loop([&] { out = ledger.total(rules::Route::gateway).bytes(); });
    return out;
  }
};

// Uses up a budget: the gateway sends until the connection has gone.
Ending pour(Fixture::Ends& ends) {
  std::thread sender([&] {
    const std::string piece = numbered(64 * 1024);
    while (ends.server.could_send(piece)) {
    }
  });
  Ending ending = ends.client.read_to_end();
  sender.join();
  return ending;
}

TEST_CASE("A download is cut at the last byte of its budget, and the gateway is closed") {
  Fixture fixture({"3MB/day"});
  Fixture::Ends ends = fixture.tunnel();
  const Ending ending = pour(ends);
  CHECK(ending.reset);
  CHECK(fixture.counted() == 3'000'000);
  CHECK(ends.server.acknowledged() <= 3'000'000 + most_over);
  wait_until([&] { return fixture.has_reason("cut because its budget is used up"); });
  fixture.expect_closed("3MB/day");
  fixture.proxy.waits_for_log(
      "the budget 3MB/day is used up; it opens again at 2026-12-01T00:00:00Z, in 12 h 0 min");
  CHECK(fixture.gateway.has_no_connection());
  CHECK(fixture.counted() == 3'000'000);
  const auto foreseen = fixture.proxy.foresees("a.gw.test:443");
  REQUIRE(foreseen);
  CHECK(foreseen->kind == proxy::ProxyErrorKind::over_budget);
}

TEST_CASE("A SOCKS5 client of a closed gateway gets the reply for a connection that the rule set forbids") {
  Fixture fixture({"100KB/day"});
  Fixture::Ends ends = fixture.tunnel();
  pour(ends);
  Peer client = fixture.proxy.client();
  client.sends("\x05\x01\x00\x05\x01\x00\x03\x09"s + "a.gw.test" + "\x01\xbb"s);
  client.receives("\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"s);
  client.sees_end();
}

TEST_CASE("A closed gateway promises no tunnel early") {
  Fixture fixture({"20B/day"}, {}, proxy::EarlyConnectMode::always);
  Peer first = fixture.proxy.client();
  first.sends("CONNECT a.gw.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
  first.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  first.sees_reset();
  fixture.expect_closed("20B/day");
}

TEST_CASE("A closed gateway keeps no warm connections, and opens none") {
  FakeServer gateway(1024);
  Proxy proxy({.rules = {"*.gw.test"},
               .policy = Fixture::policy({"1000B/day"}),
               .gateway_port = gateway.port(),
               .gateway_warm = 2});
  Peer client = proxy.client();
  client.sends("CONNECT a.gw.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer one = gateway.accepts();
  Peer other = gateway.accepts();
  wait_until([&] { return proxy.warm_connections() == 1; });
  wait_until([&] { return !one.has_nothing_to_read() || !other.has_nothing_to_read(); });
  Peer& server = one.has_nothing_to_read() ? other : one;  // either may be the request's
  server.reads_head();
  server.sends("HTTP/1.1 200 OK\r\n\r\n" + std::string(2000, 'x'));
  wait_until([&] { return proxy.budgets()[0].is_closed && proxy.warm_connections() == 0; });
  client.sends("CONNECT b.gw.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(proxy.warm_connections() == 0);
}

TEST_CASE("An upload is cut at the last byte of its budget") {
  Fixture fixture({"2MB/day"});
  Fixture::Ends ends = fixture.tunnel();
  std::thread sender([&] {
    const std::string piece = numbered(64 * 1024);
    while (ends.client.could_send(piece)) {
    }
  });
  const Ending ending = ends.server.read_to_end();
  sender.join();
  CHECK(ending.reset);
  CHECK(ending.bytes.size() <= 2'000'000);
  CHECK(fixture.counted() == 2'000'000);
  fixture.expect_closed("2MB/day");
}

TEST_CASE("A plain response is cut at the last byte of its budget") {
  Fixture fixture({"1MB/day"});
  Peer client = fixture.proxy.client();
  client.sends("GET http://a.gw.test/ HTTP/1.1\r\nHost: a.gw.test\r\n\r\n");
  Fixture::Ends ends{std::move(client), fixture.gateway.accepts()};
  ends.server.reads_head();
  ends.server.sends("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
  const Ending ending = pour(ends);
  CHECK(ending.reset);
  CHECK(fixture.counted() == 1'000'000);
  wait_until([&] { return fixture.has_reason("cut because its budget is used up"); });
  fixture.expect_closed("1MB/day");
}

TEST_CASE("A budget that ends within the head of a request answers it") {
  Fixture fixture({"20B/day"});
  const Message connect = fixture.connects();
  CHECK(connect.status == 403);
  CHECK_THAT(connect.body, Catch::Contains("the budget 20B/day is used up"));
  CHECK(fixture.counted() == 20);
  CHECK(fixture.proxy.gateway_health().ok);
}

TEST_CASE("A plain request whose head is more than the rest of a budget gets 403") {
  Fixture fixture({"20B/day"});
  const Message get = fixture.answer_to("GET http://a.gw.test/ HTTP/1.1\r\nHost: a.gw.test\r\n\r\n");
  CHECK(get.status == 403);
  CHECK_THAT(get.body, Catch::Contains("the budget 20B/day is used up"));
  CHECK(fixture.counted() == 20);
}

TEST_CASE("Quiet tunnels of a budget end with it, and all others go on") {
  Fixture fixture({"a.gw.test=1MB/day", "1GB/day"});
  Fixture::Ends quiet = fixture.tunnel();
  Fixture::Ends other = fixture.tunnel("b.gw.test:443");
  Fixture::Ends busy = fixture.tunnel();
  pour(busy);
  quiet.client.sees_reset();
  quiet.server.sees_reset();
  other.client.sends("up");
  other.server.receives("up");
  fixture.expect_closed("a.gw.test=1MB/day");
  fixture.tunnel("b.gw.test:443");
  const auto budgets = fixture.proxy.budgets();
  REQUIRE(budgets.size() == 2);
  CHECK(budgets[0].is_closed);
  CHECK(budgets[1].spent > 1'000'000);
  CHECK_FALSE(budgets[1].is_closed);
}

TEST_CASE("At 80 % of a budget one line warns") {
  Fixture fixture({"1000KB/day"});
  Fixture::Ends ends = fixture.tunnel();
  ends.server.sends(std::string(820'000, 'x'));
  ends.client.reads(820'000);
  fixture.proxy.waits_for_log("80 % of the budget 1000KB/day are used");
  ends.server.sends(std::string(10'000, 'x'));
  ends.client.reads(10'000);
  const std::string log = fixture.proxy.log();
  CHECK(log.find("80 % of the budget") == log.rfind("80 % of the budget"));
  CHECK(log.find("is used up") == log.npos);
}

TEST_CASE("A closed gateway opens in the next period, and not when the clock is set back") {
  Fixture fixture({"100KB/day"});
  Fixture::Ends ends = fixture.tunnel();
  pour(ends);
  fixture.expect_closed("100KB/day");
  fixture.time = noon - 40 * day;
  fixture.proxy.publish({"*.gw.test"});
  fixture.expect_closed("100KB/day");
  fixture.time = noon + day;
  fixture.proxy.publish({"*.gw.test"});
  wait_until([&] { return !fixture.proxy.budgets()[0].is_closed; });
  Fixture::Ends again = fixture.tunnel();
  again.client.sends("up");
  again.server.receives("up");
}

TEST_CASE("A budget can be raised and taken away while it is closed") {
  Fixture fixture({"100KB/day"});
  Fixture::Ends ends = fixture.tunnel();
  pour(ends);
  fixture.expect_closed("100KB/day");
  fixture.proxy.set_policy(Fixture::policy({"200KB/day"}));
  fixture.proxy.publish({"*.gw.test"});
  Fixture::Ends more = fixture.tunnel();
  pour(more);
  CHECK(fixture.counted() == 200'000);
  fixture.expect_closed("200KB/day");
  fixture.proxy.set_policy({});
  fixture.proxy.publish({"*.gw.test"});
  Fixture::Ends free = fixture.tunnel();
  free.server.sends(std::string(300'000, 'x'));
  free.client.reads(300'000);
}

TEST_CASE("A budget that comes later begins with what was spent, and counts tunnels that are open") {
  struct Question {
    budget::Seconds since;
    proxy::BudgetOptions::Answer answer;
  };
  std::mutex mutex;
  std::vector<Question> questions;
  proxy::BudgetOptions options;
  options.spent_since = [&](budget::Seconds since, proxy::BudgetOptions::Answer answer) {
    const std::lock_guard lock(mutex);
    questions.push_back({since, std::move(answer)});
  };
  Fixture fixture({}, options);
  Fixture::Ends open = fixture.tunnel();
  fixture.proxy.set_policy(Fixture::policy({"*.gw.test=1000KB/day"}));
  fixture.proxy.publish({"*.gw.test"});
  const Message closed = fixture.connects();
  CHECK(closed.status == 403);
  CHECK_THAT(closed.body, Catch::Contains("is closed until the usage has been read"));
  open.server.sends(std::string(100'000, 'x'));  // the open tunnel goes on
  open.client.reads(100'000);

  SECTION("it is known") {
    const std::lock_guard lock(mutex);
    REQUIRE(questions.size() == 1);
    CHECK(questions[0].since == noon - day / 2);
    fixture.proxy.on_loop([&] {
      questions[0].answer(proxy::GatewayBytes{900'000, {{"a.gw.test", 500'000}, {"x.test", 400'000}}});
    });
    CHECK(fixture.proxy.budgets()[0].left == 400'000);
    Fixture::Ends next = fixture.tunnel();
    next.server.sends(std::string(100'000, 'x'));
    next.client.reads(100'000);
  }
  SECTION("it cannot be known") {
    const std::lock_guard lock(mutex);
    fixture.proxy.on_loop([&] { questions[0].answer(Err{"cannot read x: damaged"s}); });
    CHECK_THAT(fixture.connects().body,
               Catch::Contains("it is not known what is spent: cannot read x: damaged"));
    open.client.sends("up");
    open.server.receives("up");
  }
}

TEST_CASE("A thousand tunnels that share a budget pass its limit by no more than 64 KiB") {
  Fixture fixture({"200MB/day"});
  std::vector<Fixture::Ends> tunnels;
  for (int i = 0; i < 1000; ++i) tunnels.push_back(fixture.tunnel("h" + std::to_string(i) + ".gw.test:443"));
  const std::string piece = numbered(16 * 1024);
  std::atomic<bool> is_over = false;
  std::thread reader([&] {
    while (!is_over) {
      for (Fixture::Ends& ends : tunnels) static_cast<void>(ends.client.drains());
    }
  });
  while (!fixture.proxy.budgets()[0].is_closed) {
    for (Fixture::Ends& ends : tunnels) static_cast<void>(ends.server.stuffs(piece));
  }
  is_over = true;
  reader.join();
  wait_until([&] { return fixture.proxy.is_empty(); });
  CHECK(fixture.counted() >= 200'000'000);
  CHECK(fixture.counted() <= 200'000'000 + most_over);
  CHECK(fixture.proxy.budgets()[0].spent == fixture.counted());
  CHECK(fixture.proxy.counters().tunnels_ended[index_of(telemetry::TunnelEnd::budget)] == 1000);
  fixture.expect_closed("200MB/day");
}

}  // namespace
}  // namespace aluvia::test
