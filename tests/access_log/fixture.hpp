// Provides a folder, records, and a log whose lines a test can wait for.
#pragma once

#include "base/logger.hpp"
#include "telemetry/request_record.hpp"

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <stdlib.h>

namespace aluvia::access_log::testing {

class Folder {
 public:
  Folder() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const noexcept { return path_; }
  std::string at(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_ = "/tmp/access-log-test-XXXXXX";
};

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Returns when `is_true` does; fails after ten seconds.
template <class Condition>
void wait_until(Condition is_true) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!is_true()) {
    REQUIRE(std::chrono::steady_clock::now() < end);
    std::this_thread::sleep_for(
        std::chrono::milliseconds(1));  // the state is of another thread or the kernel
  }
}

/// Collects the program's own log.
class Log {
 public:
  Logger logger() {
    return Logger(
        LogLevel::info, LogFormat::json, [this](std::string_view line) { add(line); },
        &std::chrono::system_clock::now);
  }
  /// Returns the lines of an event so far.
  std::vector<std::string> of(std::string_view event) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    for (const std::string& line : lines_) {
      if (line.find("\"event\":\"" + std::string(event) + "\"") != line.npos) out.push_back(line);
    }
    return out;
  }

 private:
  void add(std::string_view line) {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
  }

  std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// Returns a record whose line tells it from all others.
inline telemetry::RequestRecord record(std::uint64_t number) {
  telemetry::RequestRecord out;
  out.id = {0xabcdef, number};
  out.method = "GET";
  out.host = "host.test";
  out.port = 80;
  out.status = 200;
  return out;
}

/// Returns the numbers of the lines in `text`, in their order. Fails on a line that is not whole.
inline std::vector<std::uint64_t> numbers_in(std::string_view text) {
  static constexpr std::string_view before = "\"id\":\"abcdef-";
  std::vector<std::uint64_t> out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    REQUIRE(end != text.npos);
    const std::string_view line = text.substr(0, end);
    REQUIRE(line.starts_with("{\"time\":"));
    REQUIRE(line.ends_with("}"));
    const auto at = line.find(before);
    REQUIRE(at != line.npos);
    out.push_back(std::stoull(std::string(line.substr(at + before.size()))));
    text.remove_prefix(end + 1);
  }
  return out;
}

/// Returns `count` numbers from `first` on.
inline std::vector<std::uint64_t> sequence(std::uint64_t first, std::uint64_t count) {
  std::vector<std::uint64_t> out;
  for (std::uint64_t i = 0; i < count; ++i) out.push_back(first + i);
  return out;
}

}  // namespace aluvia::access_log::testing
