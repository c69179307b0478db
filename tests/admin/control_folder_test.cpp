// Tests the folder of control sockets: its ports, and the removal of sockets that killed proxies have left.
#include "admin/control_folder.hpp"

#include "admin/socket_path.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace aluvia;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  Fixture() {
    std::string name = (fs::temp_directory_path() / "aluvia-folder-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Fixture() {
    for (const int socket : listening) ::close(socket);
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }

  int bind(std::uint16_t port) const {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, admin::socket_path(path.string(), port).c_str(),
                 sizeof address.sun_path - 1);
    REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return socket;
  }
  void add_dead(std::uint16_t port) const { ::close(bind(port)); }
  void add_listening(std::uint16_t port) {
    listening.push_back(bind(port));
    REQUIRE(::listen(listening.back(), 1) == 0);
  }
  std::vector<std::uint16_t> ports() const {
    const auto folder = admin::ControlFolder::open(path.string());
    REQUIRE(folder);
    return folder->ports();
  }
  void remove_dead() const {
    const auto folder = admin::ControlFolder::open(path.string());
    REQUIRE(folder);
    folder->remove_dead();
  }

  fs::path path;
  std::vector<int> listening;
};

}  // namespace

TEST_CASE("Sockets of killed proxies are removed, and those that listen stay") {
  Fixture fixture;
  fixture.add_dead(1);
  fixture.add_listening(2);
  fixture.add_dead(65535);
  CHECK(fixture.ports() == std::vector<std::uint16_t>{1, 2, 65535});
  fixture.remove_dead();
  CHECK(fixture.ports() == std::vector<std::uint16_t>{2});
}

TEST_CASE("A socket whose queue is full stays, and so does every other file") {
  Fixture fixture;
  fixture.add_listening(2);
  std::vector<net::LocalConnection> waiting;
  const auto folder = admin::ControlFolder::open(fixture.path.string());
  REQUIRE(folder);
  while (auto connected = folder->connect(2, std::chrono::seconds::zero()))
    waiting.push_back(std::move(*connected));
  CHECK_FALSE(waiting.empty());
  for (const char* const name : {"3.sock", "notes", "04.sock"})
    std::ofstream(fixture.path / name) << "precious";
  fs::create_symlink(fixture.path / "nowhere", fixture.path / "5.sock");
  fixture.remove_dead();
  CHECK(fixture.ports() == std::vector<std::uint16_t>{2, 3, 5});
  CHECK(fs::exists(fixture.path / "notes"));
}

TEST_CASE("After hundreds of kills a start removes some of the sockets, and later ones the others") {
  Fixture fixture;
  for (std::uint16_t port = 1; port <= 300; ++port) fixture.add_dead(port);
  fixture.remove_dead();
  CHECK(fixture.ports().size() == 44);
  fixture.remove_dead();
  CHECK(fixture.ports().empty());
}
