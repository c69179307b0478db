#include "net/listener.hpp"

#include "net/endpoint.hpp"
#include "tcp_pair.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <ranges>
#include <string>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace aluvia::net;
using namespace aluvia::loop;
using namespace aluvia::test;

namespace {

int refused_accepts = 0;
int lack = 0;                // EMFILE or ENFILE: what accept4() says, …
std::ptrdiff_t reserve = 0;  // … as long as so many descriptors stand for /dev/null

std::ptrdiff_t nulls() {
  const auto is_null = [](int one) {
    std::array<char, PATH_MAX> target{};
    const std::string link = "/proc/self/fd/" + std::to_string(one);
    return ::readlink(link.c_str(), target.data(), target.size() - 1) > 0 &&
           std::string(target.data()) == "/dev/null";
  };
  return std::ranges::count_if(std::views::iota(0, 1024), is_null);
}

// accept4() says that there are no descriptors left as long as this lives: at all, or but the one in reserve.
// A limit of the process would do the same to the sanitizers, which need descriptors of their own.
class NoDescriptorsLeft {
 public:
  enum Reserve { none_works, works };
  explicit NoDescriptorsLeft(int error = EMFILE, Reserve helps = none_works) {
    lack = error;
    reserve = helps == works ? nulls() : 0;
    refused_accepts = 0;
  }
  ~NoDescriptorsLeft() { lack = 0; }
  NoDescriptorsLeft(const NoDescriptorsLeft&) = delete;
  NoDescriptorsLeft& operator=(const NoDescriptorsLeft&) = delete;
};

int option_of(int socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(socket, level, name, &value, &size) == 0);
  return value;
}

struct Listening {
  explicit Listening(const Address& address = loopback_v4)
      : listener(std::move(Listener::open(fixture.loop, address, 0).value())) {}
  ~Listening() {
    listener->close();
    fixture.run_ready();
  }

  void start() {
    listener->start({[this](Socket socket) { accepted.push_back(std::move(socket)); },
                     [this](const Socket& socket) { refused.push_back(peer_of(socket)); },
                     [this](std::error_code error) { troubles.push_back(error); }});
  }
  Socket connect_to() {
    const Endpoint at = listener->local_endpoint();
    auto made = fixture.run(connect(fixture.executor(), {at.address()}, at.port(), soon()));
    REQUIRE(made);
    return std::move(*made);
  }

  LoopFixture fixture;
  std::unique_ptr<Listener> listener;
  std::vector<Socket> accepted;
  std::vector<Endpoint> refused;
  std::vector<std::error_code> troubles;
};

}  // namespace

// Stands before the C library's for the whole program.
extern "C" int accept4(int listening, sockaddr* from, socklen_t* size, int flags) {
  if (lack != 0 && nulls() >= reserve) {
    ++refused_accepts;
    errno = lack;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_accept4, listening, from, size, flags));
}

TEST_CASE("A port can be checked before it is taken, without a listener that clients meet") {
  const Address address = GENERATE(loopback_v4, loopback_v6);
  std::uint16_t port = 0;
  {
    const Listening server(address);
    port = server.listener->local_endpoint().port();
    CHECK(bind_error(address, port) == std::errc::address_in_use);
  }
  CHECK_FALSE(bind_error(address, port));
  CHECK_FALSE(bind_error(address, 0));
  CHECK(bind_error(asio::ip::make_address("192.0.2.1"), 0) == std::errc::address_not_available);
}

TEST_CASE("A listener takes a free port and says which, in both families") {
  const Address address = GENERATE(loopback_v4, loopback_v6);
  Listening server(address);
  CHECK(server.listener->local_endpoint().port() != 0);
  CHECK(server.listener->local_endpoint().address() == address);
  server.start();
  const Socket client = server.connect_to();
  server.fixture.run_until([&] { return server.accepted.size() == 1; });
  CHECK(peer_of(server.accepted[0]) == own_of(client));
}

TEST_CASE("Accepted sockets do not block, are closed on exec and send at once") {
  Listening server;
  server.start();
  const Socket client = server.connect_to();
  server.fixture.run_until([&] { return server.accepted.size() == 1; });
  const int fd = server.accepted[0].native_handle();
  CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(option_of(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
}

TEST_CASE("Accepted sockets are kept alive by the kernel") {
  Listening server(GENERATE(loopback_v4, loopback_v6));
  server.start();
  const Socket client = server.connect_to();
  server.fixture.run_until([&] { return server.accepted.size() == 1; });
  const int fd = server.accepted[0].native_handle();
  CHECK(option_of(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 60);
  CHECK(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL) == 15);
  CHECK(option_of(fd, IPPROTO_TCP, TCP_KEEPCNT) == 4);
}

TEST_CASE("Connections that came before start are accepted after it, however many") {
  Listening server;
  std::vector<Socket> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(server.connect_to());  // more than one turn's worth
  CHECK(server.accepted.empty());
  server.start();
  server.fixture.run_until([&] { return server.accepted.size() == clients.size(); });
  CHECK(server.troubles.empty());
}

TEST_CASE("A port that is taken is an error") {
  Listening server;
  const auto second =
      Listener::open(server.fixture.loop, loopback_v4, server.listener->local_endpoint().port());
  REQUIRE_FALSE(second);
  CHECK(second.error() == std::errc::address_in_use);
}

TEST_CASE("An address that is not ours is an error") {
  LoopFixture fixture;
  const auto listener = Listener::open(fixture.loop, asio::ip::make_address("203.0.113.1"), 0);
  REQUIRE_FALSE(listener);
  CHECK(listener.error() == std::errc::address_not_available);
}

TEST_CASE("Without a descriptor but the one in reserve each client is rejected at once, and told of once") {
  const int error = GENERATE(EMFILE, ENFILE);
  Listening server;
  std::vector<Endpoint> waiting;
  std::vector<Socket> clients;
  for (int i = 0; i < 20; ++i) {  // more than one turn's worth
    clients.push_back(server.connect_to());
    waiting.push_back(own_of(clients.back()));
  }
  {
    const NoDescriptorsLeft hunger(error, NoDescriptorsLeft::works);
    server.start();
    server.fixture.run_until([&] { return server.refused.size() == clients.size(); });
    CHECK(server.refused == waiting);
    CHECK(server.accepted.empty());
    REQUIRE(server.troubles.size() == 1);
    CHECK(server.troubles[0] == std::error_code(error, std::system_category()));
    CHECK(nulls() == reserve);  // it is held again
  }
  clients.push_back(server.connect_to());
  server.fixture.run_until([&] { return server.accepted.size() == 1; });
  CHECK(server.refused.size() == waiting.size());
}

TEST_CASE("A lack of descriptors is reported once and survived, also without a reserve") {
  Listening server;
  std::vector<Socket> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(server.connect_to());
  {
    const NoDescriptorsLeft hunger;
    server.start();
    server.fixture.run_until([&] { return refused_accepts >= 6; });
    REQUIRE(server.troubles.size() == 1);
    CHECK(server.troubles[0] == std::errc::too_many_files_open);
    CHECK(server.accepted.empty());
  }
  server.fixture.run_until([&] { return server.accepted.size() == clients.size(); });
  CHECK(server.troubles.size() == 1);

  clients.push_back(server.connect_to());
  server.fixture.run_until([&] { return server.accepted.size() == clients.size(); });
  CHECK(server.troubles.size() == 1);
}

TEST_CASE("Trouble that comes back after a success is reported again") {
  Listening server;
  server.start();
  for (std::size_t round = 1; round <= 2; ++round) {
    // Made by hand: the connection stands in the kernel before the listener has had a turn.
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const Endpoint at = server.listener->local_endpoint();
    REQUIRE(::connect(client, at.data(), static_cast<socklen_t>(at.size())) == 0);
    {
      const NoDescriptorsLeft hunger;
      server.fixture.run_until([&] { return server.troubles.size() == round; });
    }
    server.fixture.run_until([&] { return server.accepted.size() == round; });
    ::close(client);
  }
}

TEST_CASE("A listener closed while it waits accepts no more and leaves the loop without work") {
  Listening server;
  server.start();
  const Endpoint at = server.listener->local_endpoint();
  server.fixture.run_ready();
  server.listener->close();
  server.fixture.loop.run();
  CHECK(server.accepted.empty());
  const auto refused =
      server.fixture.run(connect(server.fixture.executor(), {at.address()}, at.port(), soon()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == std::errc::connection_refused);
}

TEST_CASE("A listener closed by its own callback takes nothing more of the same turn") {
  Listening server;
  std::vector<Socket> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(server.connect_to());
  int accepted = 0;
  server.listener->start({[&](const Socket&) {
                            ++accepted;
                            server.listener->close();
                          },
                          [](const Socket&) {}, nullptr});
  server.fixture.run_until([&] { return accepted > 0; });
  server.fixture.run_ready();
  CHECK(accepted == 1);
}

TEST_CASE("A listener closed while it pauses for descriptors leaves the loop without work") {
  Listening server;
  const Socket client = server.connect_to();
  {
    const NoDescriptorsLeft hunger;
    server.start();
    server.fixture.run_until([&] { return !server.troubles.empty(); });
  }
  server.listener->close();
  server.fixture.loop.run();
  CHECK(server.accepted.empty());
}

TEST_CASE("A listener may be destroyed in every state, without a turn of the loop in between") {
  LoopFixture fixture;
  auto listener = std::move(Listener::open(fixture.loop, loopback_v4, 0).value());
  const Endpoint at = listener->local_endpoint();
  const Socket client =
      std::move(fixture.run(connect(fixture.executor(), {at.address()}, at.port(), soon())).value());
  int accepted = 0;
  const auto count = [&](const Socket&) { ++accepted; };
  SECTION("before it was started") {}
  SECTION("with a connection that nobody has accepted yet") {
    listener->start({count, count, nullptr});
  }
  SECTION("while it waits") {
    listener->start({count, count, nullptr});
    fixture.run_until([&] { return accepted == 1; });
    accepted = 0;
  }
  SECTION("while it pauses for descriptors") {
    const NoDescriptorsLeft hunger;
    bool is_in_trouble = false;
    listener->start({count, count, [&](std::error_code) { is_in_trouble = true; }});
    fixture.run_until([&] { return is_in_trouble; });
  }
  listener.reset();
  fixture.loop.run();
  CHECK(accepted == 0);
}

TEST_CASE("A listener that adopts a socket accepts on it, and leaves what it did not accept to the next") {
  LoopFixture fixture;
  const int passed = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const Endpoint anywhere(loopback_v4, 0);
  REQUIRE(::bind(passed, anywhere.data(), static_cast<socklen_t>(anywhere.size())) == 0);
  REQUIRE(::listen(passed, 16) == 0);
  const auto at = listening_endpoint(passed);
  REQUIRE(at);
  CHECK(at->address() == loopback_v4);
  for (int round = 0; round < 2; ++round) {
    const Socket client =
        std::move(fixture.run(connect(fixture.executor(), {at->address()}, at->port(), soon())).value());
    auto listener = std::move(Listener::adopt(fixture.loop, passed).value());
    CHECK(listener->local_endpoint() == *at);
    std::vector<Socket> accepted;
    listener->start(
        {[&](Socket socket) { accepted.push_back(std::move(socket)); }, [](const Socket&) {}, nullptr});
    fixture.run_until([&] { return accepted.size() == 1; });
    CHECK(peer_of(accepted[0]) == own_of(client));
    CHECK(option_of(accepted[0].native_handle(), IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK(option_of(accepted[0].native_handle(), SOL_SOCKET, SO_KEEPALIVE) == 1);
    listener->close();
  }
  CHECK((::fcntl(passed, F_GETFL) & O_NONBLOCK) != 0);
  ::close(passed);
}

TEST_CASE(
    "What does not listen for TCP has no listening endpoint, and what is no descriptor cannot be adopted") {
  LoopFixture fixture;
  const int idle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK_FALSE(listening_endpoint(idle));
  ::close(idle);
  CHECK_FALSE(listening_endpoint(-1));
  CHECK_FALSE(Listener::adopt(fixture.loop, -1));
}
