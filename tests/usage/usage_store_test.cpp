// Tests of the store's thread: what it saves, and what it does while the file cannot be written.
#include "fixture.hpp"

#include <fstream>
#include <optional>
#include <vector>

#include <signal.h>
#include <sys/resource.h>

namespace aluvia::usage::testing {
namespace {

struct StoreFixture {
  Folder folder;
  Log log;
  std::optional<UsageStore> store;

  void open(std::chrono::milliseconds retry = std::chrono::hours(1)) {
    const auto path = make_usage_file(folder.path());
    REQUIRE(path.has_value());
    store.emplace(
        *path, log.logger(), [] { return noon; }, retry);
  }
  UsageReport reopen() {
    store.reset();
    open();
    return read(*store);
  }
};

// Limits the size of files of this process, as a full disk does.
class FullDisk {
 public:
  FullDisk() {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit none = before_;
    none.rlim_cur = 0;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE_METHOD(StoreFixture, "Changes are saved, and the next store reads them") {
  open();
  store->save({change("a.test", 5)});
  CHECK(down(read(*store), "a.test") == 5);
  store->save({change("a.test", 6)});
  const auto report = reopen();
  CHECK(down(report, "a.test") == 11);
  CHECK(report.is_kept);
  CHECK(report.problem.empty());
  CHECK(log.text().empty());
}

TEST_CASE_METHOD(StoreFixture, "A report since a time begins with the period of that time") {
  open();
  store->save({change("a.test", 1, noon - one_hour), change("a.test", 2, noon - 2 * one_hour)});
  const auto report = read(*store, UsageBy::host, noon - one_hour + 100);
  CHECK(report.from == noon - one_hour);
  CHECK(report.total.total().bytes_down == 1);
  CHECK(read(*store, UsageBy::host, noon - 10 * one_day).from == noon - 10 * one_day - 12 * one_hour);
}

TEST_CASE_METHOD(StoreFixture, "Two proxies on one directory add up") {
  open();
  UsageStore second(folder.file(), log.logger(), [] { return noon; });
  for (int i = 0; i < 20; ++i) {
    store->save({change("a.test", 1)});
    second.save({change("a.test", 1)});
  }
  (void)read(*store);
  (void)read(second);
  CHECK(down(read(*store), "a.test") == 40);
}

TEST_CASE_METHOD(StoreFixture, "A damaged file is moved aside, and counting goes on") {
  std::ofstream(folder.file()) << "this is no database, but somebody's notes";
  std::filesystem::permissions(folder.file(), std::filesystem::perms(0600));
  open();
  store->save({change("a.test", 5)});
  CHECK(down(read(*store), "a.test") == 5);
  CHECK(log.count("usage_file_damaged") == 1);
  CHECK(log.count("usage_save_failed") == 0);
  CHECK(std::filesystem::exists(folder.file() + ".damaged"));
  CHECK(down(reopen(), "a.test") == 5);
}

TEST_CASE_METHOD(StoreFixture, "While another process holds the lock, the sums stay in memory") {
  open();
  store->save({change("a.test", 1)});
  (void)read(*store);
  {
    auto other = Database::open(folder.file(), Database::Access::write);
    REQUIRE(other.has_value());
    REQUIRE(other->run("BEGIN IMMEDIATE").has_value());
    store->save({change("a.test", 2)});
    const auto report = read(*store);
    CHECK(down(report, "a.test") == 3);
    CHECK(report.problem == "cannot write " + folder.file() + ": another process has locked it");
  }
  store->save({change("a.test", 4)});
  CHECK(read(*store).problem.empty());
  CHECK(log.count("usage_save_failed") == 1);
  CHECK(log.count("usage_saved_again") == 1);
  CHECK(down(reopen(), "a.test") == 7);
}

TEST_CASE_METHOD(StoreFixture,
                 "While the disk is full, the sums stay in memory, and are saved when it is not") {
  open();
  {
    const FullDisk full;
    for (int i = 0; i < 3; ++i) store->save({change("a.test", 5)});
    const auto report = read(*store);
    CHECK(down(report, "a.test") == 15);
    CHECK_FALSE(report.problem.empty());
  }
  CHECK(log.count("usage_save_failed") == 1);
  CHECK(down(reopen(), "a.test") == 15);
  CHECK(log.count("usage_lost") == 0);
}

TEST_CASE_METHOD(StoreFixture, "A failed attempt is repeated without new traffic") {
  open(std::chrono::milliseconds(10));
  std::optional<FullDisk> full(std::in_place);
  store->save({change("a.test", 5)});
  (void)read(*store);
  CHECK(log.count("usage_save_failed") == 1);
  full.reset();
  while (log.count("usage_saved_again") == 0) std::this_thread::yield();
  CHECK(down(read(UsageFile(folder.file())), "a.test") == 5);
}

TEST_CASE_METHOD(StoreFixture, "What cannot be saved at the end is reported") {
  open();
  store->save({change("a.test", 5)});
  (void)read(*store);
  {
    const FullDisk full;
    store->save({change("a.test", 7)});
    store.reset();
  }
  CHECK(log.count("usage_lost") == 1);
  CHECK(log.text().find("the usage of the last 7 bytes is lost: cannot write ") != std::string::npos);
}

TEST_CASE_METHOD(StoreFixture, "A file that was removed is made again, for its user alone") {
  open();
  store->save({change("a.test", 1)});
  (void)read(*store);
  std::filesystem::remove(folder.file());
  store->save({change("a.test", 2)});
  CHECK(down(read(*store), "a.test") == 2);
  CHECK(std::filesystem::status(folder.file()).permissions() == std::filesystem::perms(0600));
}

TEST_CASE("Unsaved changes are bounded, and their sum is whole") {
  UnsavedChanges changes;
  for (std::uint64_t i = 0; i < 20'000; ++i) changes.add(change("host" + std::to_string(i), 1));
  CHECK(changes.list().size() <= 8193);
  CHECK(changes.bytes() == 20'000);
}

}  // namespace aluvia::usage::testing
