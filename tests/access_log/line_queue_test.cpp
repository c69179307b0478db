// Tests the queue between the loop and the thread of the access log.
#include "access_log/line_queue.hpp"

#include <algorithm>
#include <future>
#include <string>
#include <string_view>
#include <thread>

#include <catch2/catch.hpp>

using namespace aluvia::access_log;
using namespace std::chrono_literals;

namespace {

void add(LineQueue& queue, std::string_view line) {
  queue.add(line.size(), [&](char* at) { return std::ranges::copy(line, at).out; });
}

}  // namespace

TEST_CASE("A batch has the lines in their order, and the queue is empty afterwards") {
  LineQueue queue(100);
  add(queue, "a\n");
  add(queue, "b\n");
  CHECK(queue.take(0ms).lines.view() == "a\nb\n");
  queue.close(0ms);
  CHECK(queue.take(1h).lines.empty());
}

TEST_CASE("Lines beyond the limit are counted, and shorter ones may still fit") {
  LineQueue queue(5);
  add(queue, "1234\n");
  add(queue, "5\n");
  CHECK(queue.has_lost());
  CHECK(queue.take_lost() == 1);
  CHECK_FALSE(queue.has_lost());
  CHECK(queue.take(0ms).lines.view() == "1234\n");
  add(queue, "5\n");
  CHECK(queue.take_lost() == 0);
}

TEST_CASE("A full batch, a reopen and the end each shorten the wait for more lines") {
  LineQueue queue(1024 * 1024);
  const std::string line(64 * 1024, 'x');
  add(queue, line);
  CHECK(queue.take(1h).lines.view() == line);
  add(queue, "a\n");
  queue.request_reopen();
  const auto reopening = queue.take(1h);
  CHECK(reopening.lines.view() == "a\n");
  CHECK(reopening.must_reopen);
  CHECK_FALSE(queue.take_reopen());
  add(queue, "b\n");
  queue.close(0ms);
  CHECK(queue.take(1h).lines.view() == "b\n");
}

TEST_CASE("A line wakes the thread that waits for one") {
  LineQueue queue(100);
  auto taken = std::async(std::launch::async, [&] { return std::string(queue.take(0ms).lines.view()); });
  add(queue, "a\n");
  CHECK(taken.get() == "a\n");
}

TEST_CASE("A pause ends early for a reopen, and is false when the time of the end is over") {
  LineQueue queue(100);
  queue.request_reopen();
  CHECK(queue.pause(1h));
  CHECK(queue.take_reopen());
  auto paused = std::async(std::launch::async, [&] { return queue.pause(1h); });
  queue.close(0ms);
  paused.get();
  CHECK_FALSE(queue.pause(1h));
}
