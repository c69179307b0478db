// Tests of ControlSession and ControlSocket: real clients of the Unix socket on the test's own loop.
#include "admin/control_socket.hpp"
#include "loop/loop_fixture.hpp"
#include "sample.hpp"

#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace aluvia::admin;
using namespace aluvia::admin::test;
using aluvia::config::ApiError;
namespace fs = std::filesystem;

namespace {

constexpr const char* get_url = "GET /url HTTP/1.1\r\nHost: x\r\nAccept: text/plain\r\n\r\n";
constexpr const char* post_refresh = "POST /refresh HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";

class Client {
 public:
  explicit Client(const fs::path& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes) const {
    REQUIRE(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  /// Takes what has arrived; true at the end of the stream.
  bool has_ended() {
    char piece[4096];
    for (;;) {
      const ssize_t got = ::recv(socket_, piece, sizeof piece, MSG_DONTWAIT);
      if (got <= 0) return got == 0 || errno != EAGAIN;
      received_.append(piece, static_cast<std::size_t>(got));
    }
  }
  const std::string& received() const noexcept { return received_; }

 private:
  int socket_;
  std::string received_;
};

struct Fixture {
  Fixture() {
    std::string name = (fs::temp_directory_path() / "aluvia-session-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root = name;
    path = root / "inner" / "1.sock";
    Commands commands;
    commands.refresh = [this](const auto& done) { refreshed = done; };
    auto opened = ControlSocket::open(loop.loop, path.string(), ControlApi(source(status()), commands), {});
    REQUIRE(opened);
    socket = std::move(*opened);
    socket->start();
  }
  ~Fixture() {
    stop();
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }

  void stop() {
    if (is_stopped) return;
    socket->stop([this] { is_stopped = true; });
    loop.run_until([this] { return is_stopped; });
  }
  std::string answer(Client& client) {
    loop.run_until([&] { return client.has_ended(); });
    return client.received();
  }
  std::string ask(std::string_view request) {
    Client client(path);
    client.send(request);
    return answer(client);
  }

  aluvia::test::LoopFixture loop;
  fs::path root, path;
  std::function<void(std::optional<ApiError>)> refreshed;
  std::unique_ptr<ControlSocket> socket;
  bool is_stopped = false;
};

}  // namespace

TEST_CASE("A request of the control socket is answered, and its connection ended") {
  Fixture fixture;
  const std::string answer = fixture.ask(get_url);
  CHECK(answer.starts_with("HTTP/1.1 200 "));
  CHECK(answer.ends_with("\r\n\r\nhttp://127.0.0.1:54321\n"));
}

TEST_CASE("A request that comes byte by byte is answered like any other") {
  Fixture fixture;
  Client client(fixture.path);
  for (const char byte : std::string(get_url)) {
    CHECK_FALSE(client.has_ended());
    client.send(std::string_view(&byte, 1));
    fixture.loop.run_ready();
  }
  CHECK(fixture.answer(client) == fixture.ask(get_url));
}

TEST_CASE("Requests that cannot be read get the reason") {
  Fixture fixture;
  CHECK(fixture.ask("nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(fixture.ask("POST /rules HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            .starts_with("HTTP/1.1 400 "));
  CHECK(fixture.ask("POST /rules HTTP/1.1\r\nHost: x\r\nContent-Length: 16777217\r\n\r\n")
            .starts_with("HTTP/1.1 413 "));
}

TEST_CASE("A client that ends within its request gets nothing") {
  Fixture fixture;
  {
    const Client client(fixture.path);
    client.send("GET /url HTTP/1.1\r\n");
    fixture.loop.run_ready();
  }
  fixture.loop.run_ready();
  CHECK(fixture.ask(get_url).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("A command is answered when it is done, while others are served") {
  Fixture fixture;
  Client client(fixture.path);
  client.send(post_refresh);
  fixture.loop.run_until([&] { return static_cast<bool>(fixture.refreshed); });
  CHECK(fixture.ask(get_url).starts_with("HTTP/1.1 200 "));
  CHECK_FALSE(client.has_ended());
  fixture.refreshed(std::nullopt);
  CHECK(fixture.answer(client).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("A command that is done after the socket has stopped finds nothing") {
  Fixture fixture;
  Client client(fixture.path);
  client.send(post_refresh);
  fixture.loop.run_until([&] { return static_cast<bool>(fixture.refreshed); });
  fixture.stop();
  fixture.refreshed(std::nullopt);
  CHECK(client.has_ended());
  CHECK(client.received().empty());
}
