// Tests that each line reaches the file once: in order, across rotations, after a full device and at the end.
#include "access_log/access_log.hpp"

#include "fixture.hpp"

#include <atomic>
#include <filesystem>
#include <future>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace aluvia::access_log;
using namespace aluvia::access_log::testing;
using namespace std::chrono_literals;

namespace {

constexpr AccessLogLimits quick{.queue = 64 * 1024 * 1024, .gather = 0ms, .pause = 10ms, .close = 10s};

std::unique_ptr<AccessLog> open(Log& log, const std::string& path, const AccessLogLimits& limits = quick) {
  auto out = AccessLog::open({.file = path}, log.logger(), limits);
  REQUIRE(out);
  return std::move(*out);
}

// A named pipe whose end for reading is open.
struct Pipe {
  explicit Pipe(const std::string& path) {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
    REQUIRE(::fcntl(reader, F_SETPIPE_SZ, 4096) == 4096);
  }
  ~Pipe() { ::close(reader); }
  // Appends to `text` what the pipe holds.
  void read() {
    char bytes[4096];
    for (ssize_t n = 1; n > 0;) {
      n = ::read(reader, bytes, sizeof bytes);
      if (n > 0) text.append(bytes, static_cast<std::size_t>(n));
    }
  }
  // Reads on until `over` is ready, and then all that is left.
  void read_until(const std::future<void>& over) {
    wait_until([&] {
      read();
      return over.wait_for(0ms) == std::future_status::ready;
    });
    read();
  }

  int reader = -1;
  std::string text;
};

}  // namespace

TEST_CASE("Lines are in the file without a close, and the rest after it") {
  const Folder folder;
  Log log;
  const auto access = open(log, folder.at("a.log"));
  access->write(record(1));
  wait_until([&] { return numbers_in(read_file(folder.at("a.log"))) == sequence(1, 1); });
  for (std::uint64_t i = 2; i <= 5000; ++i) access->write(record(i));
  access->close();
  CHECK(numbers_in(read_file(folder.at("a.log"))) == sequence(1, 5000));
  access->close();
  access->reopen();
  CHECK(log.of("access_log_failed").empty());
}

TEST_CASE("A rotation under load loses no line and writes none twice") {
  const Folder folder;
  Log log;
  const std::string path = folder.at("a.log");
  const auto access = open(log, path);
  std::atomic<bool> is_over{false};
  auto load = std::async(std::launch::async, [&] {
    std::uint64_t number = 0;
    while (!is_over) {
      access->write(record(++number));
      std::this_thread::yield();
    }
    return number;
  });
  constexpr int rotations = 20;
  for (int i = 0; i < rotations; ++i) {
    wait_until([&] { return std::filesystem::file_size(path) > 1000; });
    std::filesystem::rename(path, path + "." + std::to_string(i));
    access->reopen();
    wait_until([&] { return std::filesystem::exists(path); });
  }
  is_over = true;
  const std::uint64_t last = load.get();
  access->close();
  std::string all;
  for (int i = 0; i < rotations; ++i) all += read_file(path + "." + std::to_string(i));
  CHECK(numbers_in(all + read_file(path)) == sequence(1, last));
  CHECK(log.of("access_log_reopened").size() >= 10);  // the log's own limit for lines of a kind
  CHECK(log.of("access_log_failed").empty());
}

TEST_CASE("A file that cannot be opened again leaves the lines to the old one, and the log says so") {
  const Folder folder;
  Log log;
  std::filesystem::create_directory(folder.at("logs"));
  const auto access = open(log, folder.at("logs/a.log"));
  std::filesystem::rename(folder.at("logs"), folder.at("moved"));
  access->reopen();
  wait_until([&] { return log.of("access_log_failed").size() == 1; });
  access->write(record(1));
  access->close();
  CHECK(numbers_in(read_file(folder.at("moved/a.log"))) == sequence(1, 1));
  CHECK(log.of("access_log_failed")[0].find("its lines still go to the old file") != std::string::npos);
}

TEST_CASE("A pipe that is not read loses only what does not fit, counted and said once") {
  const Folder folder;
  Log log;
  Pipe pipe(folder.at("pipe"));
  const auto access =
      open(log, folder.at("pipe"), {.queue = 64 * 1024, .gather = 0ms, .pause = 1ms, .close = 10s});
  std::uint64_t number = 0;
  while (log.of("access_log_failed").empty()) {
    access->write(record(++number));
    std::this_thread::yield();
  }
  CHECK(log.of("access_log_failed")[0].find("lines come faster than they can be written") !=
        std::string::npos);
  CHECK(log.of("access_log_resumed").empty());
  wait_until([&] {
    pipe.read();
    return log.of("access_log_resumed").size() == 1;
  });
  access->write(record(++number));
  auto over = std::async(std::launch::async, [&] { access->close(); });
  pipe.read_until(over);
  const auto numbers = numbers_in(pipe.text);
  CHECK(std::ranges::is_sorted(numbers));
  CHECK(numbers.back() == number);
  const std::string lost = "\"lines_lost\":" + std::to_string(number - numbers.size()) + "}";
  CHECK(log.of("access_log_resumed")[0].find(lost) != std::string::npos);
  CHECK(log.of("access_log_failed").size() == 1);
}

TEST_CASE("A full device keeps the lines until it takes them; then none is missing") {
  const Folder folder;
  Log log;
  const std::string path = folder.at("a.log");
  std::filesystem::create_symlink("/dev/full", path);
  const auto access = open(log, path);
  for (std::uint64_t i = 1; i <= 100; ++i) access->write(record(i));
  wait_until([&] { return log.of("access_log_failed").size() == 1; });
  CHECK(log.of("access_log_failed")[0].find("No space left on device") != std::string::npos);
  std::filesystem::remove(path);
  access->reopen();
  wait_until([&] { return log.of("access_log_resumed").size() == 1; });
  CHECK(log.of("access_log_resumed")[0].find("\"lines_lost\":0}") != std::string::npos);
  access->close();
  CHECK(numbers_in(read_file(path)) == sequence(1, 100));
  CHECK(log.of("access_log_failed").size() == 1);
}

TEST_CASE("The end waits for a full device for its time only, and says what is lost") {
  Log log;
  const auto access = open(log, "/dev/full", {.gather = 0ms, .pause = 1ms, .close = 20ms});
  access->write(record(1));
  wait_until([&] { return log.of("access_log_failed").size() == 1; });
  access->write(record(2));
  access->write(record(3));
  access->close();
  REQUIRE(log.of("access_log_failed").size() == 2);
  CHECK(log.of("access_log_failed")[1].find("\"lines_lost\":3}") != std::string::npos);
}

TEST_CASE("A sink gets line by line, and again what it did not take") {
  Log log;
  std::string taken;
  int calls = 0;
  auto out = AccessLog::open({.sink =
                                  [&](std::string_view line) {
                                    CHECK(std::ranges::count(line, '\n') == 1);
                                    if (++calls % 2 == 1) return false;
                                    taken += line;
                                    return true;
                                  }},
                             log.logger(), quick);
  REQUIRE(out);
  for (std::uint64_t i = 1; i <= 50; ++i) (*out)->write(record(i));
  (*out)->reopen();
  (*out)->close();
  CHECK(numbers_in(taken) == sequence(1, 50));
  CHECK(log.of("access_log_failed").empty());
}

TEST_CASE("A file that cannot be opened is an error, and starts nothing") {
  const Folder folder;
  Log log;
  const auto out = AccessLog::open({.file = folder.at("none/a.log")}, log.logger(), quick);
  REQUIRE_FALSE(out);
  CHECK(out.error().find("make its folder first") != std::string::npos);
}
