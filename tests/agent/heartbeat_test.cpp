// Tests the heartbeat for a supervisor, and listening sockets that another process has opened.
#include "agent/fixture.hpp"

#include <condition_variable>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace aluvia;
using namespace aluvia::agent;
using namespace std::chrono_literals;
using agent::test::Fixture;
using agent::test::is_closed;
using Catch::Contains;
using Catch::StartsWith;

namespace {

struct Beat {
  std::string status;
  bool stopping = false;
};

class Beats {
 public:
  HeartbeatOptions listener(std::chrono::milliseconds interval) {
    return {interval, [this](const std::string& status, bool stopping) { add({status, stopping}); }};
  }
  /// Waits for a beat that meets the condition and returns it; earlier ones are dropped.
  template <class Condition>
  Beat next(Condition is_meant) {
    std::unique_lock lock(mutex_);
    Beat found;
    const bool came = changed_.wait_for(lock, 10s, [&] {
      while (!beats_.empty()) {
        found = std::move(beats_.front());
        beats_.erase(beats_.begin());
        if (is_meant(found)) return true;
      }
      return false;
    });
    REQUIRE(came);
    return found;
  }
  Beat next() {
    return next([](const Beat&) { return true; });
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  void add(const Beat& beat) {
    const std::lock_guard lock(mutex_);
    ++all_;
    beats_.push_back(beat);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Beat> beats_;
  std::size_t all_ = 0;
};

// A listening socket of 127.0.0.1 that the test owns, as a service manager would.
class OpenPort {
 public:
  OpenPort() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    REQUIRE(::bind(descriptor_, address, sizeof at) == 0);
    REQUIRE(::listen(descriptor_, 16) == 0);
    socklen_t size = sizeof at;
    REQUIRE(::getsockname(descriptor_, address, &size) == 0);
    port_ = ntohs(at.sin_port);
  }
  ~OpenPort() { ::close(descriptor_); }
  OpenPort(const OpenPort&) = delete;
  OpenPort& operator=(const OpenPort&) = delete;

  int descriptor() const { return descriptor_; }
  std::uint16_t port() const { return port_; }

 private:
  const int descriptor_;
  std::uint16_t port_ = 0;
};

}  // namespace

TEST_CASE("The loop beats at the start, after every call to the API, and when it stops") {
  const Fixture fixture({"shop.example"});
  Beats beats;
  auto options = fixture.options();
  options.heartbeat = beats.listener(0ms);
  AgentConnectClient client(options);
  const auto session = client.start();
  CHECK_THAT(beats.next().status,
             StartsWith("ready: 1 rule, 0 direct and 0 gateway requests, last poll at "));

  sandbox::test::Client browser(session.port());
  CHECK(browser.asks(fixture.get("a.example")).status == 200);
  CHECK(browser.asks(fixture.get("shop.example")).status == 200);
  client.refresh();
  CHECK_THAT(beats.next().status, Contains("1 direct and 1 gateway requests"));

  client.stop();
  const Beat last = beats.next([](const Beat& beat) { return beat.stopping; });
  CHECK_THAT(last.status, StartsWith("stopping: 1 rule"));
}

TEST_CASE("It beats at the interval where nothing happens, and never without one") {
  const Fixture fixture;
  Beats beats;
  auto options = fixture.options();
  options.heartbeat = beats.listener(GENERATE(0ms, 20ms));
  AgentConnectClient client(options);
  client.start();
  beats.next();
  if (options.heartbeat.interval == 0ms) {
    // A question to the loop and its answer: whatever it had to do before is done.
    client.refresh();
    beats.next();
    CHECK(beats.count() == 2);
  } else {
    for (int i = 0; i < 5; ++i) beats.next();
  }
}

TEST_CASE("A loop that is held up does not beat") {
  const Fixture fixture;
  std::atomic<int> count{0};
  std::promise<void> release;
  auto options = fixture.options();
  auto held = release.get_future().share();
  options.heartbeat = {5ms, [&count, held](const std::string&, bool) {
                         ++count;
                         held.wait();
                       }};
  AgentConnectClient client(options);
  client.start();
  while (count == 0) std::this_thread::yield();
  std::promise<void> polled;
  client.refresh([&] { polled.set_value(); });  // the poll thread has news, but it is the loop that tells it
  REQUIRE(polled.get_future().wait_for(10s) == std::future_status::ready);
  CHECK(count == 1);
  release.set_value();
}

TEST_CASE("refresh() tells when its fetch has ended, also one that failed") {
  Fixture fixture;
  AgentConnectClient client(fixture.options());
  client.start();
  if (GENERATE(true, false)) fixture.box.set_api_fault(sandbox::Fault{.kind = sandbox::FaultKind::status});
  std::promise<void> done;
  client.refresh([&] { done.set_value(); });
  CHECK(done.get_future().wait_for(10s) == std::future_status::ready);
  CHECK(fixture.polled(2));
}

TEST_CASE("A passed socket is accepted on, and stays open for the next when the proxy stops") {
  const Fixture fixture;
  const OpenPort port;
  auto options = fixture.options();
  options.listening_socket = port.descriptor();
  AgentConnectClient client(options);
  sandbox::test::Client early(port.port());  // before accept()
  early.sends(fixture.get("a.example"));
  CHECK(client.start().port() == port.port());
  CHECK(early.receives_response().status == 200);
  client.stop();

  sandbox::test::Client late(port.port());
  late.sends(fixture.get("a.example"));
  client.start();
  CHECK(late.receives_response().status == 200);
}

TEST_CASE("Options that contradict the passed socket are rejected, others are accepted") {
  const Fixture fixture;
  const OpenPort port;
  auto options = fixture.options();
  options.listening_socket = port.descriptor();
  SECTION("the same port") {
    options.local_port = port.port();
    CHECK_NOTHROW(AgentConnectClient(options));
  }
  SECTION("another port") {
    options.local_port = static_cast<std::uint16_t>(port.port() ^ 1);
    CHECK_THROWS_WITH(AgentConnectClient(options), StartsWith("cannot use the option port: ") &&
                                                       Contains(std::to_string(port.port())) &&
                                                       Contains("ListenStream="));
  }
  SECTION("another address") {
    options.local_host = "::1";
    CHECK_THROWS_WITH(AgentConnectClient(options),
                      StartsWith("cannot use the option host: ::1 ") && Contains("ListenStream="));
  }
}

TEST_CASE("A descriptor that is not a listening TCP socket is rejected") {
  const Fixture fixture;
  auto options = fixture.options();
  options.listening_socket = ::socket(AF_INET, GENERATE(SOCK_DGRAM, SOCK_STREAM), 0);
  REQUIRE(options.listening_socket >= 0);
  CHECK_THROWS_AS(AgentConnectClient(options), InvalidOptionError);
  ::close(options.listening_socket);
}

TEST_CASE("A passed socket beyond loopback needs a guard, like an address") {
  const Fixture fixture;
  const int everywhere = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::listen(everywhere, 1) == 0);  // on all addresses, and a free port
  auto options = fixture.options();
  options.listening_socket = everywhere;
  CHECK_THROWS_WITH(AgentConnectClient(options), StartsWith("cannot use the option host: ") &&
                                                     Contains("0.0.0.0, the socket that was passed,") &&
                                                     Contains("proxy-auth or allow-from"));
  options.allow_from = {"192.0.2.0/24"};
  AgentConnectClient client(options);
  CHECK(client.start().url() == "http://127.0.0.1:" + std::to_string(client.start().port()));
  ::close(everywhere);
}
