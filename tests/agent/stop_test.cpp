// stop(), request_stop(), wait() and the destructor: from any thread, at any moment.
#include "agent/fixture.hpp"

#include <latch>
#include <optional>
#include <thread>

using namespace aluvia;
using namespace aluvia::agent;
using namespace std::chrono_literals;
using agent::test::ends_within;
using agent::test::Fixture;
using agent::test::is_closed;

namespace {

// An open tunnel keeps a run alive as long as its grace.
class Tunnel {
 public:
  Tunnel(const Fixture& fixture, std::uint16_t port) : client_(port) {
    client_.sends(fixture.connect("a.example"));
    REQUIRE(client_.receives_response(true).status == 200);
  }
  bool works(const Fixture& fixture) {
    client_.sends("GET / HTTP/1.1\r\nHost: " + fixture.authority("a.example") + "\r\n\r\n");
    return client_.receives_response().status == 200;
  }
  /// Waits for the end.
  std::string rest() { return client_.receives_rest(); }

 private:
  sandbox::test::Client client_;
};

}  // namespace

TEST_CASE("stop() closes the port, and a second one does nothing") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  const auto port = client.start().port();
  client.stop();
  CHECK(is_closed(port));
  client.stop();
}

TEST_CASE("stop(), wait(), refresh() and request_stop() of a client that was never started do nothing") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  client.stop();
  client.wait();
  client.refresh();
  client.request_stop(1s);
  CHECK(client.start().port() != 0);
}

TEST_CASE("Many threads may stop at once, by client and by session, and all return when nothing runs") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  const auto session = client.start();
  std::latch together(8);
  std::vector<std::future<bool>> calls;
  for (int i = 0; i < 8; ++i) {
    calls.push_back(std::async(std::launch::async, [&, i, mine = session]() mutable {
      together.arrive_and_wait();
      i % 2 == 0 ? client.stop() : mine.stop();
      return is_closed(session.port());
    }));
  }
  for (auto& call : calls) CHECK(call.get());
}

TEST_CASE("stop() while start() hangs in the first fetch calls it off, and both return soon") {
  Fixture fixture;
  fixture.box.set_api_fault(sandbox::Fault{.kind = sandbox::FaultKind::hang});
  AgentConnectClient client(fixture.options());
  auto start = std::async(std::launch::async, [&] { return client.start(); });
  REQUIRE(fixture.polled(1));
  CHECK(ends_within(2s, [&] { client.stop(); }));
  REQUIRE(start.wait_for(2s) == std::future_status::ready);
  CHECK_THROWS_AS(start.get(), StartCancelledError);
  fixture.box.set_api_fault(std::nullopt);
  CHECK(client.start().port() != 0);
}

TEST_CASE("All callers of a cancelled start get its exception") {
  Fixture fixture;
  fixture.box.set_api_fault(sandbox::Fault{.kind = sandbox::FaultKind::hang, .times = 1});
  AgentConnectClient client(fixture.options());
  std::vector<std::future<bool>> calls;
  for (int i = 0; i < 4; ++i) {
    calls.push_back(std::async(std::launch::async, [&] {
      try {
        client.start();
        return false;
      } catch (const StartCancelledError&) {
        return true;
      }
    }));
  }
  REQUIRE(fixture.polled(1));
  client.stop();
  int cancelled = 0;
  for (auto& call : calls) cancelled += call.get() ? 1 : 0;
  CHECK(cancelled >= 1);  // who called start() after stop() started anew
}

TEST_CASE("Starts and stops in any order from many threads leave nothing behind") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  std::vector<std::future<void>> threads;
  for (int i = 0; i < 6; ++i) {
    threads.push_back(std::async(std::launch::async, [&, i] {
      for (int round = 0; round < 5; ++round) {
        try {
          if (i % 3 == 0) client.stop();
          if (i % 3 == 1) client.start();
          if (i % 3 == 2) client.start().stop();
          client.refresh();
        } catch (const StartCancelledError&) {  // stop() of another thread
        }
      }
    }));
  }
  for (auto& thread : threads) thread.get();
  client.stop();
  const auto session = client.start();
  CHECK_FALSE(is_closed(session.port()));
}

TEST_CASE("A stop at the last moment of a start leaves no task behind") {
  const Fixture fixture;
  std::optional<AgentConnectClient> client;
  auto options = fixture.options();
  options.control_folder = "/dev/null/none";  // its warning comes when the proxy listens already
  options.logger = Logger(
      LogLevel::debug, LogFormat::text,
      [&](std::string_view line) {
        if (line.find("the commands cannot reach this proxy") != line.npos) client->request_stop(0ms);
      },
      &std::chrono::system_clock::now);
  client.emplace(std::move(options));
  CHECK_THROWS_AS(client->start(), StartCancelledError);
  client->wait();
}

TEST_CASE("The destructor stops a running proxy without grace time") {
  const Fixture fixture;
  auto options = fixture.options();
  options.shutdown_grace = 1min;
  auto client = std::make_optional<AgentConnectClient>(options);
  const auto port = client->start().port();
  Tunnel tunnel(fixture, port);
  CHECK(ends_within(2s, [&] { client.reset(); }));
  CHECK(is_closed(port));
  CHECK(tunnel.rest().empty());
}

TEST_CASE("A session may outlive its client") {
  const Fixture fixture;
  std::optional<AgentConnectSession> session;
  {
    AgentConnectClient client(fixture.options());
    session = client.start();
  }
  session->stop();
  CHECK(is_closed(session->port()));
  CHECK(session->url() == "http://127.0.0.1:" + std::to_string(session->port()));
}

TEST_CASE("A stop lets an open tunnel work on for its grace, and takes no new connection") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  const auto port = client.start().port();
  Tunnel tunnel(fixture, port);
  client.request_stop(1min);
  while (!is_closed(port)) std::this_thread::yield();
  CHECK(tunnel.works(fixture));
  client.request_stop(0ms);
  CHECK(ends_within(2s, [&] { client.wait(); }));
}

TEST_CASE("A later request_stop() shortens the grace") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  Tunnel tunnel(fixture, client.start().port());
  client.request_stop(1min);
  client.request_stop(20ms);
  CHECK(ends_within(2s, [&] { client.wait(); }));
}

TEST_CASE("A later request_stop() cannot lengthen the grace") {
  const Fixture fixture;
  auto options = fixture.options();
  options.shutdown_grace = 20s;
  AgentConnectClient client(options);
  Tunnel tunnel(fixture, client.start().port());
  client.request_stop(20ms);
  client.request_stop(20s);
  CHECK(ends_within(5s, [&] { client.stop(); }));
}

TEST_CASE("A grace of nothing cuts open tunnels at once") {
  const Fixture fixture;
  auto options = fixture.options();
  options.shutdown_grace = 0ms;
  AgentConnectClient client(options);
  Tunnel tunnel(fixture, client.start().port());
  CHECK(ends_within(2s, [&] { client.stop(); }));
  CHECK(tunnel.rest().empty());
}

TEST_CASE("stop() returns soon while a poll hangs") {
  Fixture fixture;
  AgentConnectClient client(fixture.options());
  client.start();
  fixture.box.set_api_fault(sandbox::Fault{.kind = sandbox::FaultKind::hang});
  client.refresh();
  REQUIRE(fixture.polled(2));
  CHECK(ends_within(2s, [&] { client.stop(); }));
}

TEST_CASE("wait() returns when the proxy is stopped, and not before") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  auto session = client.start();
  auto waiting = std::async(std::launch::async, [&] { client.wait(); });
  CHECK(waiting.wait_for(50ms) == std::future_status::timeout);
  session.stop();
  CHECK(waiting.wait_for(2s) == std::future_status::ready);
}

TEST_CASE("wait() during a start waits for the end of the run") {
  Fixture fixture;
  fixture.box.set_api_fault(sandbox::Fault{.kind = sandbox::FaultKind::dribble, .pace = 1ms});
  AgentConnectClient client(fixture.options());
  auto start = std::async(std::launch::async, [&] { return client.start(); });
  auto waiting = std::async(std::launch::async, [&] {
    while (fixture.box.record().polls == 0) std::this_thread::yield();
    client.wait();
  });
  auto session = start.get();
  CHECK(waiting.wait_for(50ms) == std::future_status::timeout);
  CHECK_FALSE(is_closed(session.port()));
  client.stop();
  CHECK(waiting.wait_for(2s) == std::future_status::ready);
}
