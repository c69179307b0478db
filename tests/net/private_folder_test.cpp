// A folder of this user alone, held by its descriptor, and the sockets in it, while others prepare the path,
// swap it, or answer in our place.
#include "net/local_connect.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace aluvia;
using net::PrivateFolder;
using IfAbsent = PrivateFolder::IfAbsent;
using FolderKind = net::FolderError::Kind;
using ConnectKind = net::ConnectError::Kind;
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds patience{5};
constexpr uid_t stranger = 65534;

struct Fixture {
  Fixture() {
    std::string name = (fs::temp_directory_path() / "aluvia-net-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root = name;
    folder = root / "inner";
  }
  ~Fixture() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  void make_folder(mode_t mode = 0700) const {
    fs::create_directory(folder);
    REQUIRE(::chmod(folder.c_str(), mode) == 0);
  }
  net::FolderError error() const {
    const auto opened = PrivateFolder::open(folder, IfAbsent::fail);
    REQUIRE_FALSE(opened);
    return opened.error();
  }

  fs::path root, folder;
};

sockaddr_un address_of(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

// A listening socket at `path`; -1 where that fails.
int listen_on(const fs::path& path) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = address_of(path);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return -1;
  return ::listen(descriptor, 8) == 0 ? descriptor : -1;
}

// Runs `body` in a child process that has become another user; true when it answered true.
bool as_stranger(const std::function<bool()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::setgid(stranger) == 0 && ::setuid(stranger) == 0 && body() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool skip_without_root() {
  if (::geteuid() == 0) return false;
  WARN("skipped: needs root to become another user");
  return true;
}

}  // namespace

TEST_CASE("A missing private folder is absent, and is created with mode 0700 where that is asked") {
  const Fixture at;
  CHECK(at.error().kind == FolderKind::absent);
  CHECK(PrivateFolder::open(at.folder, IfAbsent::create));
  struct stat status {};
  REQUIRE(::lstat(at.folder.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0700);
}

TEST_CASE("A private folder is no link, no file, and closed to every other user") {
  const Fixture at;
  for (const mode_t mode : {0701U, 0710U, 0740U, 0755U, 0777U, 01777U}) {
    at.make_folder(mode);
    CHECK(at.error().kind == FolderKind::unsafe);
    CHECK(at.error().message.find("other users may enter it") != std::string::npos);
  }
  fs::remove(at.folder);
  fs::create_directory(at.root / "other");
  REQUIRE(::chmod((at.root / "other").c_str(), 0700) == 0);
  fs::create_directory_symlink(at.root / "other", at.folder);
  CHECK(at.error().kind == FolderKind::unsafe);
  CHECK(at.error().message.find("it is a symbolic link") != std::string::npos);
  fs::remove(at.folder);
  std::ofstream(at.folder) << "x";
  CHECK(at.error().kind == FolderKind::unsafe);
  CHECK(at.error().message.find("it is not a folder") != std::string::npos);
}

TEST_CASE("A folder of another user is rejected by name, even where it cannot be read") {
  if (skip_without_root()) return;
  const Fixture at;
  at.make_folder();
  REQUIRE(::chown(at.folder.c_str(), stranger, stranger) == 0);
  CHECK(at.error().kind == FolderKind::unsafe);
  CHECK(at.error().message.find("it belongs to user 65534") != std::string::npos);
  // The other way round there is no permission to read it either.
  REQUIRE(::chmod(at.root.c_str(), 0755) == 0);
  REQUIRE(::chown(at.folder.c_str(), 0, 0) == 0);
  CHECK(as_stranger([&] {
    const auto opened = PrivateFolder::open(at.folder, IfAbsent::fail);
    return !opened && opened.error().kind == FolderKind::unsafe;
  }));
}

TEST_CASE("A folder that is swapped while it is open stays the one that was checked") {
  const Fixture at;
  at.make_folder();
  const int listening = listen_on(at.folder / "1.sock");
  REQUIRE(listening >= 0);
  const auto folder = PrivateFolder::open(at.folder, IfAbsent::fail);
  REQUIRE(folder);
  fs::rename(at.folder, at.root / "moved");
  at.make_folder(0777);
  const int other = listen_on(at.folder / "2.sock");
  REQUIRE(other >= 0);
  CHECK(folder->names() == std::vector<std::string>{"1.sock"});
  CHECK(net::connect_local(*folder, "1.sock", patience));
  CHECK(net::connect_local(*folder, "2.sock", patience).error().kind == ConnectKind::absent);
  ::close(listening);
  ::close(other);
}

TEST_CASE("Connecting tells the process behind a socket, and a dead socket from a missing one") {
  const Fixture at;
  at.make_folder();
  const auto folder = PrivateFolder::open(at.folder, IfAbsent::fail);
  REQUIRE(folder);
  const int listening = listen_on(at.folder / "1.sock");
  {
    const auto connected = net::connect_local(*folder, "1.sock", patience);
    REQUIRE(connected);
    CHECK(connected->process == ::getpid());
    CHECK(net::is_same_user(connected->socket.number()));
  }
  ::close(listening);
  CHECK(net::connect_local(*folder, "1.sock", patience).error().kind == ConnectKind::dead);
  CHECK(net::connect_local(*folder, "2.sock", patience).error().kind == ConnectKind::absent);
}

TEST_CASE("A link in the place of a socket is not followed, and a file is no socket") {
  const Fixture at;
  at.make_folder();
  const int listening = listen_on(at.root / "real.sock");
  fs::create_symlink(at.root / "real.sock", at.folder / "1.sock");
  std::ofstream(at.folder / "2.sock") << "x";
  const auto folder = PrivateFolder::open(at.folder, IfAbsent::fail);
  REQUIRE(folder);
  const auto link = net::connect_local(*folder, "1.sock", patience);
  REQUIRE_FALSE(link);
  CHECK(link.error().kind == ConnectKind::unsafe);
  CHECK(link.error().message.find("1.sock: it is a symbolic link") != std::string::npos);
  CHECK(net::connect_local(*folder, "2.sock", patience).error().kind == ConnectKind::unsafe);
  ::close(listening);
}

TEST_CASE("A socket of another user, and one that another user's process listens on, are rejected") {
  if (skip_without_root()) return;
  const Fixture at;
  at.make_folder();
  const auto folder = PrivateFolder::open(at.folder, IfAbsent::fail);
  REQUIRE(folder);
  const int ours = listen_on(at.folder / "1.sock");
  REQUIRE(::chown((at.folder / "1.sock").c_str(), stranger, stranger) == 0);
  const auto file = net::connect_local(*folder, "1.sock", patience);
  REQUIRE_FALSE(file);
  CHECK(file.error().kind == ConnectKind::unsafe);
  ::close(ours);

  // Bound by us, but it is a stranger who listens: the kernel remembers who called listen().
  const int bound = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = address_of(at.folder / "2.sock");
  REQUIRE(::bind(bound, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(as_stranger([&] { return ::listen(bound, 8) == 0; }));
  const auto process = net::connect_local(*folder, "2.sock", patience);
  REQUIRE_FALSE(process);
  CHECK(process.error().kind == ConnectKind::unsafe);
  CHECK(process.error().message.find("a process of user 65534 answers there") != std::string::npos);
  ::close(bound);
}
