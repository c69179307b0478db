// Tests of the file that keeps TLS sessions: its mode, its single use, and files that must not be used.
#include "agent/session_store.hpp"

#include "fixture.hpp"

#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

namespace aluvia::agent::test {
namespace {

struct Folder {
  Folder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file() const { return path + "/tls-sessions"; }

  std::string path = "/tmp/session-test-XXXXXX";
};

struct StoreFixture {
  Folder folder;
  Log log;
  SessionStore store{folder.path, log.logger()};

  /// Returns the reason why the file is not taken, without its path.
  std::string error() const {
    const auto taken = store.take();
    REQUIRE_FALSE(taken);
    REQUIRE(taken.error().starts_with(folder.file()));
    return taken.error().substr(folder.file().size());
  }
  bool has_file() const { return std::filesystem::exists(std::filesystem::symlink_status(folder.file())); }
};

}  // namespace

TEST_CASE("The file of TLS sessions is its user's alone, and is taken once") {
  StoreFixture at;
  CHECK_FALSE(at.store.take().value());
  at.store.save("older");
  at.store.save("sessions");
  struct stat facts {};
  REQUIRE(::stat(at.folder.file().c_str(), &facts) == 0);
  CHECK((facts.st_mode & 07777) == 0600);
  CHECK(at.store.take().value().value() == "sessions");
  CHECK_FALSE(at.has_file());
  CHECK_FALSE(at.store.take().value());
  CHECK(at.log.text().empty());
}

TEST_CASE("A file of TLS sessions that others could have written or read is not taken, but replaced") {
  StoreFixture at;
  SECTION("a symbolic link") {
    std::ofstream(at.folder.path + "/elsewhere") << "sessions";
    REQUIRE(::symlink("elsewhere", at.folder.file().c_str()) == 0);
    CHECK(at.error() == " is a symbolic link");
    at.store.save("new");
    std::string line;
    std::getline(std::ifstream(at.folder.path + "/elsewhere"), line);
    CHECK(line == "sessions");
  }
  SECTION("a file that others can read") {
    at.store.save("sessions");
    REQUIRE(::chmod(at.folder.file().c_str(), 0640) == 0);
    CHECK(at.error() == " is open to other users: its mode must be 0600");
  }
  SECTION("a file of another user") {
    if (::geteuid() != 0) return;  // only root can give one away
    at.store.save("sessions");
    REQUIRE(::chown(at.folder.file().c_str(), 12345, 12345) == 0);
    CHECK(at.error() == " belongs to another user");
  }
  SECTION("a pipe") {
    REQUIRE(::mkfifo(at.folder.file().c_str(), 0600) == 0);
    CHECK(at.error() == " is no plain file");
  }
  SECTION("a huge file") {
    at.store.save(std::string(1 << 20, 'x'));
    CHECK(at.error() == " is longer than 393216 bytes");
  }
  CHECK(at.has_file());
  at.store.save("new");
  CHECK(at.store.take().value().value() == "new");
}

TEST_CASE("A folder that takes no file is reported once, and again after a success") {
  StoreFixture at;
  const auto reports = [&at] {
    const std::string text = at.log.text();
    std::size_t count = 0;
    for (auto found = text.find("cannot keep"); found != std::string::npos;
         found = text.find("cannot keep", found + 1))
      ++count;
    return count;
  };
  std::filesystem::create_directory(at.folder.file());
  at.store.save("secret-1");
  at.store.save("secret-2");
  CHECK(reports() == 1);
  std::filesystem::remove(at.folder.file());
  at.store.save("secret-3");
  std::filesystem::remove(at.folder.file());
  std::filesystem::create_directory(at.folder.file());
  at.store.save("secret-4");
  CHECK(reports() == 2);
  CHECK(at.log.text().find("secret") == std::string::npos);
  CHECK(std::distance(std::filesystem::directory_iterator(at.folder.path), {}) == 1);  // no temporary file
}

}  // namespace aluvia::agent::test
