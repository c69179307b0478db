// start(): once, shared, anew after the end.
#include "agent/fixture.hpp"

#include <latch>
#include <thread>

#include <pthread.h>
#include <signal.h>

using namespace aluvia;
using namespace aluvia::agent;
using namespace std::chrono_literals;
using agent::test::Fixture;
using agent::test::is_closed;

TEST_CASE("A started session tells where the proxy listens") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  const auto session = client.start();
  CHECK(session.host() == "127.0.0.1");
  CHECK(session.port() != 0);
  CHECK(session.url() == "http://127.0.0.1:" + std::to_string(session.port()));
  CHECK_FALSE(is_closed(session.port()));
}

TEST_CASE("An IPv6 loopback address stands in brackets in the URL and in the log") {
  const Fixture fixture;
  agent::test::Log log;
  auto options = fixture.options();
  options.local_host = "::1";
  options.logger = log.logger();
  AgentConnectClient client(options);
  const auto session = client.start();
  CHECK(session.host() == "::1");
  CHECK(session.url() == "http://[::1]:" + std::to_string(session.port()));
  CHECK_THAT(log.text(), Catch::Contains("listening on " + session.url() + ","));
}

TEST_CASE("Localhost is 127.0.0.1") {
  const Fixture fixture;
  auto options = fixture.options();
  options.local_host = "localhost";
  AgentConnectClient client(options);
  CHECK(client.start().host() == "127.0.0.1");
}

TEST_CASE("A requested port is used") {
  const Fixture fixture;
  auto options = fixture.options();
  {
    AgentConnectClient client(options);
    options.local_port = client.start().port();
  }
  AgentConnectClient client(options);
  CHECK(client.start().port() == options.local_port);
}

TEST_CASE("start() while started answers with the same session and asks the API no second time") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  const auto first = client.start();
  const auto second = client.start();
  CHECK(first.url() == second.url());
  CHECK(fixture.box.record().polls == 1);
}

TEST_CASE("Eight concurrent start() calls share one start") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  std::latch together(8);
  std::vector<std::future<std::uint16_t>> calls;
  for (int i = 0; i < 8; ++i) {
    calls.push_back(std::async(std::launch::async, [&] {
      together.arrive_and_wait();
      return client.start().port();
    }));
  }
  const auto port = client.start().port();
  for (auto& call : calls) CHECK(call.get() == port);
  CHECK(fixture.box.record().polls == 1);
}

TEST_CASE("Eight concurrent start() calls share one failure, and the next start() is a new one") {
  Fixture fixture;
  fixture.box.set_api_fault(sandbox::Fault{.status = 500, .times = 1});
  AgentConnectClient client(fixture.options());
  std::latch together(8);
  std::vector<std::future<bool>> calls;
  for (int i = 0; i < 8; ++i) {
    calls.push_back(std::async(std::launch::async, [&] {
      together.arrive_and_wait();
      try {
        client.start();
        return true;
      } catch (const ApiError&) {
        return false;
      }
    }));
  }
  int failed = 0;
  for (auto& call : calls) failed += call.get() ? 0 : 1;
  CHECK(failed >= 1);  // those that came later than the failure started anew
  CHECK(client.start().port() != 0);
  CHECK(fixture.box.record().polls == 2);
}

TEST_CASE("After stop() a client starts anew") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  const auto first = client.start();
  client.stop();
  CHECK(is_closed(first.port()));
  const auto second = client.start();
  CHECK_FALSE(is_closed(second.port()));
  CHECK(fixture.box.record().polls == 2);
}

TEST_CASE("After session.stop() a client starts anew") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  auto first = client.start();
  first.stop();
  CHECK(is_closed(first.port()));
  const auto second = client.start();
  CHECK_FALSE(is_closed(second.port()));
  CHECK(fixture.box.record().polls == 2);
}

TEST_CASE("start() while the last run still ends waits for that and starts anew") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  const auto first = client.start();
  sandbox::test::Client tunnel(first.port());
  tunnel.sends(fixture.connect("a.example"));
  CHECK(tunnel.receives_response(true).status == 200);
  client.request_stop(50ms);  // the tunnel keeps the run alive that long
  const auto second = client.start();
  CHECK_FALSE(is_closed(second.port()));
  CHECK(fixture.box.record().polls == 2);
}

TEST_CASE("A start that is cancelled beforehand sends no request") {
  const Fixture fixture;
  AgentConnectClient client(fixture.options());
  std::stop_source source;
  source.request_stop();
  CHECK_THROWS_AS(client.start(source.get_token()), StartCancelledError);
  CHECK(fixture.box.record().polls == 0);
  CHECK(client.start().port() != 0);
}

TEST_CASE("A stop token cancels a start that hangs") {
  Fixture fixture;
  fixture.box.set_api_fault(sandbox::Fault{.kind = sandbox::FaultKind::hang});
  AgentConnectClient client(fixture.options());
  std::stop_source source;
  auto start = std::async(std::launch::async, [&] { return client.start(source.get_token()); });
  REQUIRE(fixture.polled(1));
  source.request_stop();
  REQUIRE(start.wait_for(2s) == std::future_status::ready);
  CHECK_THROWS_AS(start.get(), StartCancelledError);
}

TEST_CASE("The threads of a client leave the process's signals alone") {
  const Fixture fixture;
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  AgentConnectClient client(fixture.options());
  client.start();
  client.stop();
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int signal = 1; signal < 32; ++signal)
    CHECK(sigismember(&before, signal) == sigismember(&after, signal));
}
