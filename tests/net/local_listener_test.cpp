// A Unix socket that only its owner can reach: where it may be, and what it replaces.
#include "net/local_listener.hpp"

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

struct Place {
  Place() {
    std::string name = (fs::temp_directory_path() / "aluvia-net-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root = name;
    folder = root / "inner";
    path = folder / "1.sock";
  }
  ~Place() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  auto open() { return net::LocalListener::open(loop, path.string()); }
  std::string complaint() {
    const auto opened = open();
    return opened ? "opened" : opened.error();
  }

  loop::Loop loop;
  fs::path root, folder, path;
};

int mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return static_cast<int>(status.st_mode & 07777);
}

sockaddr_un address_of(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

// A socket file whose listener is gone, as after SIGKILL.
void leave_behind(const fs::path& path) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = address_of(path);
  REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(descriptor);
}

}  // namespace

TEST_CASE("The folder is made 0700 and the socket 0600, and the socket goes with its listener") {
  Place place;
  {
    const auto listener = place.open();
    REQUIRE(listener);
    CHECK(mode_of(place.folder) == 0700);
    CHECK(mode_of(place.path) == 0600);
  }
  CHECK_FALSE(fs::exists(place.path));
}

TEST_CASE("A socket without a listener is replaced, one with a listener stays") {
  Place place;
  fs::create_directory(place.folder);
  ::chmod(place.folder.c_str(), 0700);
  leave_behind(place.path);
  const auto first = place.open();
  REQUIRE(first);
  CHECK(place.complaint().find("another program listens") != std::string::npos);
  CHECK(fs::exists(place.path));
}

TEST_CASE(
    "A socket has its name only once it listens, and a program that was killed before leaves no trace") {
  Place place;
  fs::create_directory(place.folder);
  ::chmod(place.folder.c_str(), 0700);
  leave_behind(place.folder / "1.sock.new");
  const auto listener = place.open();
  REQUIRE(listener);
  CHECK(std::distance(fs::directory_iterator(place.folder), fs::directory_iterator()) == 1);
  CHECK(mode_of(place.path) == 0600);
}

TEST_CASE("A socket that has become another process's is not removed") {
  Place place;
  auto listener = place.open();
  REQUIRE(listener);
  fs::rename(place.path, place.folder / "old.sock");
  leave_behind(place.path);
  (*listener)->close();
  CHECK(fs::exists(place.path));
}

TEST_CASE("A folder that others may enter, a link to one, and a file in its place are rejected") {
  Place place;
  fs::create_directory(place.folder);
  ::chmod(place.folder.c_str(), 0710);
  CHECK(place.complaint().find("chmod 700") != std::string::npos);
  fs::remove(place.folder);
  fs::create_directory(place.root / "other");
  ::chmod((place.root / "other").c_str(), 0700);
  fs::create_directory_symlink(place.root / "other", place.folder);
  CHECK(place.complaint().find("is a symbolic link") != std::string::npos);
  fs::remove(place.folder);
  std::ofstream(place.folder) << "x";
  CHECK(place.complaint().find("is not a folder") != std::string::npos);
}

TEST_CASE("A file that is no socket stays, and a name that is too long is rejected") {
  Place place;
  fs::create_directory(place.folder);
  ::chmod(place.folder.c_str(), 0700);
  std::ofstream(place.path) << "precious";
  CHECK(place.complaint().find("is no socket") != std::string::npos);
  CHECK(fs::file_size(place.path) == 8);
  place.path = place.folder / std::string(120, 'x');
  CHECK(place.complaint().find("too long") != std::string::npos);
}

TEST_CASE("The folder's path may be longer than a socket's address, because its descriptor is used") {
  Place place;
  place.folder = place.root / std::string(150, 'd');
  place.path = place.folder / "1.sock";
  auto listener = place.open();
  REQUIRE(listener);
  CHECK(fs::is_socket(place.path));
  listener->reset();
  CHECK_FALSE(fs::exists(place.path));
}

TEST_CASE(
    "A folder that is swapped while the listener runs: its own socket is removed, the other one stays") {
  Place place;
  auto listener = place.open();
  REQUIRE(listener);
  fs::rename(place.folder, place.root / "moved");
  fs::create_directory(place.folder);
  leave_behind(place.path);
  (*listener)->close();
  CHECK(fs::exists(place.path));
  CHECK_FALSE(fs::exists(place.root / "moved" / "1.sock"));
}

TEST_CASE("A link in the place of the socket is left alone, and so is what it leads to") {
  Place place;
  fs::create_directory(place.folder);
  ::chmod(place.folder.c_str(), 0700);
  leave_behind(place.root / "other.sock");
  fs::create_symlink(place.root / "other.sock", place.path);
  CHECK(place.complaint().find("is a symbolic link") != std::string::npos);
  CHECK(fs::exists(place.root / "other.sock"));
}

TEST_CASE("Who connects is handed over with the word that it is the same user") {
  Place place;
  auto listener = place.open();
  REQUIRE(listener);
  bool same = false;
  (*listener)->start([&](net::Socket, bool same_user) {
    same = same_user;
    (*listener)->close();
  });
  const int client = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = address_of(place.path);
  REQUIRE(::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  place.loop.run();
  ::close(client);
  CHECK(same);
}
