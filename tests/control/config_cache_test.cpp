#include "control/store/config_cache.hpp"

#include "control/folder.hpp"

#include <unistd.h>

using namespace aluvia;
using namespace aluvia::control;
using namespace aluvia::config;
using namespace aluvia::control::testing;

namespace {

constexpr ConfigCache::Time kThen{std::chrono::seconds(1'700'000'000)};

config::UserResponse user() {
  config::UserResponse out;
  out.proxy_username = Secret("user-zq1");
  out.proxy_password = Secret("p:w\"\\ü");
  out.rules = {"*.example.com", "-x.example.com"};
  out.auto_hostnames = {"shop.example"};
  out.session_id = "s1";
  out.connection_id = "42";
  return out;
}

struct Fixture {
  Folder folder;
  std::string path = folder.at("cache");
  ConfigCache cache{path, "https://api.test\n", Secret("token-1")};

  // Why the file is not used; empty where it is.
  std::string complaint() const {
    const auto loaded = cache.load();
    return loaded ? std::string() : loaded.error();
  }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("A stored configuration is loaded with its time") {
  const Fixture fixture;
  REQUIRE(fixture.cache.store(user(), kThen));
  const auto loaded = fixture.cache.load();
  REQUIRE(loaded);
  REQUIRE(*loaded);
  const auto& back = (*loaded)->user;
  CHECK((*loaded)->written == kThen);
  CHECK(back.proxy_username == user().proxy_username);
  CHECK(back.proxy_password == user().proxy_password);
  CHECK(back.rules == user().rules);
  CHECK(back.auto_hostnames == user().auto_hostnames);
  CHECK(back.session_id == user().session_id);
  CHECK(back.target_geo == user().target_geo);
  CHECK(back.connection_id == user().connection_id);
  CHECK(back.warnings.empty());
}

TEST_CASE("A configuration as large as an answer of the API can be is stored and loaded") {
  const Fixture fixture;
  config::UserResponse large = user();
  large.rules.assign(100'000,
                     "*." + std::string(60, 'a') + "." + std::string(60, 'b') + ".shop.example.test");
  REQUIRE(fixture.cache.store(large, kThen));
  const auto loaded = fixture.cache.load();
  REQUIRE(loaded);
  REQUIRE(*loaded);
  CHECK((*loaded)->user.rules == large.rules);
}

TEST_CASE("The file is its user's alone, holds no token, and nothing lies beside it") {
  const Fixture fixture;
  REQUIRE(fixture.cache.store(user(), kThen));
  REQUIRE(fixture.cache.store(user(), kThen));
  CHECK(mode_of(fixture.path) == 0600);
  CHECK(fixture.folder.files() == 1);
  CHECK_FALSE(contains(read_file(fixture.path), "token-1"));
}

TEST_CASE("A cache that is not there is no fault") {
  const Fixture fixture;
  const auto loaded = fixture.cache.load();
  REQUIRE(loaded);
  CHECK_FALSE(*loaded);
}

TEST_CASE("A cache of another token, API or connection is not used") {
  const Fixture fixture;
  REQUIRE(fixture.cache.store(user(), kThen));
  const ConfigCache others[] = {{fixture.path, "https://api.test\n", Secret("token-2")},
                                {fixture.path, "https://other.test\n", Secret("token-1")},
                                {fixture.path, "https://api.test\n7", Secret("token-1")}};
  for (const auto& other : others) {
    const auto loaded = other.load();
    REQUIRE_FALSE(loaded);
    CHECK(contains(loaded.error(), "another token or another API"));
  }
}

TEST_CASE("A cache follows the token") {
  Fixture fixture;
  fixture.cache.use_token(Secret("token-2"));
  REQUIRE(fixture.cache.store(user(), kThen));
  CHECK(fixture.complaint().empty());
  fixture.cache.use_token(Secret("token-1"));
  CHECK(contains(fixture.complaint(), "another token"));
}

TEST_CASE("A half-written or changed file is not used, wherever it was cut or changed") {
  const Fixture fixture;
  REQUIRE(fixture.cache.store(user(), kThen));
  const std::string whole = read_file(fixture.path);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_file(fixture.path, whole.substr(0, size));
    CHECK_FALSE(fixture.complaint().empty());
  }
  for (const auto& [from, to] : {std::pair("example", "exbmple"), {"written 17", "written x7"}}) {
    std::string changed = whole;
    changed.replace(changed.find(from), std::string_view(from).size(), to);
    write_file(fixture.path, changed);
    CHECK(contains(fixture.complaint(), "damaged"));
  }
  write_file(fixture.path, "port = 8080\n");
  CHECK(contains(fixture.complaint(), "is no cached configuration"));
}

TEST_CASE("A file that others may read or write is not used") {
  const Fixture fixture;
  REQUIRE(fixture.cache.store(user(), kThen));
  for (const mode_t mode : {0640U, 0604U, 0620U, 0666U}) {
    REQUIRE(::chmod(fixture.path.c_str(), mode) == 0);
    CHECK(contains(fixture.complaint(), "open to other users"));
  }
}

TEST_CASE("A file of another user is not used") {
  const Fixture fixture;
  REQUIRE(fixture.cache.store(user(), kThen));
  if (::chown(fixture.path.c_str(), 12345, 12345) != 0) {
    WARN("only root can give a file away: not checked");
    return;
  }
  CHECK(contains(fixture.complaint(), "belongs to another user"));
}

TEST_CASE("A link, a folder, a pipe and an endless file are not used, and nothing hangs") {
  const Fixture fixture;
  REQUIRE(fixture.cache.store(user(), kThen));
  const auto complaint = [&](const std::string& path) {
    const auto loaded = ConfigCache(path, "https://api.test\n", Secret("token-1")).load();
    return loaded ? std::string() : loaded.error();
  };
  std::filesystem::create_symlink(fixture.path, fixture.folder.at("link"));
  CHECK(contains(complaint(fixture.folder.at("link")), "symbolic link"));
  std::filesystem::create_directory(fixture.folder.at("folder"));
  CHECK(contains(complaint(fixture.folder.at("folder")), "no plain file"));
  REQUIRE(::mkfifo(fixture.folder.at("pipe").c_str(), 0600) == 0);
  CHECK(contains(complaint(fixture.folder.at("pipe")), "no plain file"));
  write_file(fixture.folder.at("large"), std::string(18'000'000, 'x'));
  CHECK(contains(complaint(fixture.folder.at("large")), "longer than"));
}

TEST_CASE("A file that cannot be written is an error, and the old one stays") {
  const Folder folder;
  const ConfigCache nowhere(folder.at("missing/cache"), "", Secret("t"));
  const auto stored = nowhere.store(user(), kThen);
  REQUIRE_FALSE(stored);
  CHECK(contains(stored.error(), "cannot be written: No such file or directory"));

  std::filesystem::create_directory(folder.at("taken"));
  CHECK_FALSE(ConfigCache(folder.at("taken"), "", Secret("t")).store(user(), kThen));
  CHECK(folder.files() == 1);
}

TEST_CASE("Only the token's own cache is discarded") {
  Fixture fixture;
  REQUIRE(fixture.cache.store(user(), kThen));
  ConfigCache(fixture.path, "https://api.test\n", Secret("token-2")).discard();
  CHECK(fixture.folder.files() == 1);
  fixture.cache.discard();
  CHECK(fixture.folder.files() == 0);
  fixture.cache.discard();
}
