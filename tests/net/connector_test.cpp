#include "net/connector.hpp"

#include "loop/deadline.hpp"
#include "net/endpoint.hpp"
#include "tcp_pair.hpp"

#include <filesystem>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

using namespace aluvia::net;
using namespace aluvia::loop;
using namespace aluvia::test;
using namespace std::literals;

namespace {

Address address(const char* text) {
  return asio::ip::make_address(text);
}

std::vector<Address> addresses(std::initializer_list<const char*> texts) {
  std::vector<Address> list;
  for (const char* text : texts) list.push_back(address(text));
  return list;
}

// A plain blocking socket of the test's own; `-1` is never a descriptor here.
class Raw {
 public:
  explicit Raw(const Endpoint& at, int flags = 0)
      : descriptor_(::socket(at.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | flags, 0)) {}
  ~Raw() { ::close(descriptor_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  int operator*() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

// A port on `host` that belongs to us and refuses every connection.
class RefusedPort {
 public:
  explicit RefusedPort(const Address& host, std::uint16_t port = 0) : socket_(Endpoint(host, port)) {
    Endpoint at(host, port);
    REQUIRE(::bind(*socket_, at.data(), static_cast<socklen_t>(at.size())) == 0);
    socklen_t size = static_cast<socklen_t>(at.capacity());
    REQUIRE(::getsockname(*socket_, at.data(), &size) == 0);
    port_ = at.port();
  }
  std::uint16_t port() const noexcept { return port_; }

 protected:
  Raw socket_;
  std::uint16_t port_ = 0;
};

// A listening port whose queue is full: the kernel drops every further SYN, as a firewall would.
class BlackHole : public RefusedPort {
 public:
  explicit BlackHole(const Address& host, std::uint16_t port = 0) : RefusedPort(host, port) {
    REQUIRE(::listen(*socket_, 0) == 0);
    const Endpoint at(host, port_);
    for (int i = 0; i < 3; ++i) {
      guests_.push_back(std::make_unique<Raw>(at, SOCK_NONBLOCK));
      static_cast<void>(::connect(**guests_.back(), at.data(), static_cast<socklen_t>(at.size())));
    }
  }

 private:
  std::vector<std::unique_ptr<Raw>> guests_;
};

// Accepts on `host`, on `port` where that is given.
struct Live {
  Live(LoopFixture& owner, const Address& host, std::uint16_t port = 0)
      : fixture(owner), listener(std::move(Listener::open(owner.loop, host, port).value())) {
    listener->start(
        {[this](Socket socket) { accepted.push_back(std::move(socket)); }, [](const Socket&) {}, nullptr});
  }
  ~Live() {
    listener->close();
    fixture.run_ready();
  }
  std::uint16_t port() const { return listener->local_endpoint().port(); }

  LoopFixture& fixture;
  std::unique_ptr<Listener> listener;
  std::vector<Socket> accepted;
};

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

Task<void> dial(Executor executor, std::uint16_t port) {
  co_await connect(executor, std::vector<Address>(2, loopback_v4), port, soon());
}

}  // namespace

TEST_CASE("Families are interleaved, beginning with the first address's") {
  CHECK(interleave_families(addresses({"::1", "::2", "::3", "1.1.1.1", "2.2.2.2"})) ==
        addresses({"::1", "1.1.1.1", "::2", "2.2.2.2", "::3"}));
  CHECK(interleave_families(addresses({"1.1.1.1", "::1", "::2", "::3"})) ==
        addresses({"1.1.1.1", "::1", "::2", "::3"}));
  CHECK(interleave_families(addresses({"1.1.1.1", "2.2.2.2"})) == addresses({"1.1.1.1", "2.2.2.2"}));
  CHECK(interleave_families(addresses({"::1"})) == addresses({"::1"}));
}

TEST_CASE("A connection is made, does not block, sends at once and is closed on exec") {
  LoopFixture fixture;
  const Address host = GENERATE(loopback_v4, loopback_v6);
  Live server(fixture, host);
  auto socket = fixture.run(connect(fixture.executor(), {host}, server.port(), soon()));
  REQUIRE(socket);
  CHECK(peer_of(*socket) == Endpoint(host, server.port()));
  const int fd = socket->native_handle();
  int no_delay = 0;
  socklen_t size = sizeof no_delay;
  REQUIRE(::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &size) == 0);
  CHECK(no_delay == 1);
  CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
}

TEST_CASE("A refused connection is reported as refused") {
  LoopFixture fixture;
  const RefusedPort closed(loopback_v4);
  const auto socket = fixture.run(connect(fixture.executor(), {loopback_v4}, closed.port(), soon()));
  REQUIRE_FALSE(socket);
  CHECK(socket.error() == std::errc::connection_refused);
}

TEST_CASE("No route is reported as such") {
  LoopFixture fixture;
  // The broadcast address of the loopback network: the kernel answers connect() itself.
  const auto socket = fixture.run(connect(fixture.executor(), {address("127.255.255.255")}, 9, soon()));
  REQUIRE_FALSE(socket);
  CHECK(socket.error() == std::errc::network_unreachable);
}

TEST_CASE("An address that fails is followed by the next one at once") {
  LoopFixture fixture;
  Live server(fixture, loopback_v4);
  std::unique_ptr<RefusedPort> refused;
  const char* const first = GENERATE("127.0.0.2", "127.255.255.255");
  if (first == "127.0.0.2"sv) refused = std::make_unique<RefusedPort>(address(first), server.port());
  // Only an immediate start of the second attempt can beat this deadline.
  const auto socket = fixture.run(connect(fixture.executor(), {address(first), loopback_v4}, server.port(),
                                          Clock::now() + connection_attempt_delay));
  REQUIRE(socket);
  CHECK(peer_of(*socket).address() == loopback_v4);
}

TEST_CASE("When every address fails, the last one's reason is told") {
  LoopFixture fixture;
  const RefusedPort closed(loopback_v4);
  SECTION("no route, then refused") {
    const auto socket = fixture.run(
        connect(fixture.executor(), addresses({"127.255.255.255", "127.0.0.1"}), closed.port(), soon()));
    REQUIRE_FALSE(socket);
    CHECK(socket.error() == std::errc::connection_refused);
  }
  SECTION("all without a route") {
    const auto socket = fixture.run(
        connect(fixture.executor(), addresses({"127.255.255.255", "127.255.255.255"}), 9, soon()));
    REQUIRE_FALSE(socket);
    CHECK(socket.error() == std::errc::network_unreachable);
  }
}

TEST_CASE("A black hole does not keep a live address waiting longer than the attempt delay") {
  LoopFixture fixture;
  const BlackHole hole(loopback_v4);
  const std::size_t before = open_descriptors();
  {
    Live server(fixture, address("127.0.0.2"), hole.port());
    const TimePoint begin = Clock::now();
    const auto socket =
        fixture.run(connect(fixture.executor(), addresses({"127.0.0.1", "127.0.0.2"}), hole.port(), soon()));
    REQUIRE(socket);
    CHECK(peer_of(*socket).address() == address("127.0.0.2"));
    CHECK(Clock::now() - begin >= connection_attempt_delay);
    // The kernel would send the first SYN again after a second: what won was the second attempt.
    fixture.run_until([&] { return server.accepted.size() == 1; });
    // Listening with its reserve, accepted, connected: the loser is closed.
    CHECK(open_descriptors() == before + 4);
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("A black hole ends with the deadline") {
  LoopFixture fixture;
  const BlackHole hole(loopback_v4);
  const std::size_t before = open_descriptors();
  const TimePoint deadline = Clock::now() + 10ms;
  const auto socket = fixture.run(connect(fixture.executor(), {loopback_v4}, hole.port(), deadline));
  REQUIRE_FALSE(socket);
  CHECK(socket.error() == std::errc::timed_out);
  CHECK(Clock::now() >= deadline);
  fixture.run_ready();
  CHECK(open_descriptors() == before);
}

TEST_CASE("A deadline that has passed already is reported as timed out") {
  LoopFixture fixture;
  const BlackHole hole(loopback_v4);
  const auto socket = fixture.run(connect(fixture.executor(), {loopback_v4}, hole.port(), Clock::now() - 1s));
  REQUIRE_FALSE(socket);
  CHECK(socket.error() == std::errc::timed_out);
}

TEST_CASE("A cancelled connect closes its attempts and starts no other") {
  LoopFixture fixture;
  const BlackHole hole(loopback_v4);
  const std::size_t before = open_descriptors();
  TaskGroup tasks(fixture.loop, nullptr);
  tasks.spawn("dial", dial(fixture.executor(), hole.port()));
  fixture.run_ready();
  CHECK(open_descriptors() == before + 1);
  tasks.cancel_all();
  fixture.run_until([&] { return tasks.size() == 0; });
  CHECK(open_descriptors() == before);
  fixture.loop.run();  // nothing is left that could start the second attempt
  CHECK(open_descriptors() == before);
}

TEST_CASE("A connect whose loop goes away leaves nothing behind") {
  LoopFixture fixture;
  const BlackHole hole(loopback_v4);
  const std::size_t before = open_descriptors();
  auto loop = std::make_unique<Loop>();
  TaskGroup tasks(*loop, nullptr);
  tasks.spawn("dial", dial(loop->get_executor(), hole.port()));
  loop->poll_one();
  CHECK(open_descriptors() > before);
  loop.reset();
  CHECK(open_descriptors() == before);
}
