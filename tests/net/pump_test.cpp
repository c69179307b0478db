#include "net/pump.hpp"

#include "loop/coarse_clock.hpp"
#include "net/error.hpp"
#include "net/pipe_pool.hpp"
#include "tls_pair.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <thread>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace aluvia::net;
using namespace aluvia::loop;
using namespace aluvia::test;

namespace {

using End = Pump::End;
using Kind = PumpFilter::Verdict::Kind;

constexpr int small_kernel_buffer = 64 * 1024;

// A message of a known length; what follows is the next one's. Reads more than the rest on purpose where
// `greedy`.
class LengthFilter : public PumpFilter {
 public:
  explicit LengthFilter(std::uint64_t length, bool greedy = false) : rest_(length), greedy_(greedy) {}
  Verdict inspect(std::span<char> bytes) override {
    largest_ = std::max(largest_, bytes.size());
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), rest_));
    rest_ -= taken;
    return {rest_ == 0 ? Kind::complete : Kind::more, taken, taken};
  }
  std::uint64_t read_limit() const override { return greedy_ ? UINT64_MAX : rest_; }
  bool may_end() const override { return rest_ == 0; }
  std::size_t largest() const noexcept { return largest_; }

 private:
  std::uint64_t rest_;
  bool greedy_;
  std::size_t largest_ = 0;
};

// Holds everything back until a '.' comes.
class Holder : public PumpFilter {
 public:
  Verdict inspect(std::span<char> bytes) override {
    const auto dot = std::find(bytes.rbegin(), bytes.rend(), '.');
    const auto whole = static_cast<std::size_t>(bytes.rend() - dot);
    Verdict verdict{Kind::more, bytes.size(), whole};
    if (whole > 0) verdict.held = std::exchange(held_, {});
    held_.append(bytes.begin() + static_cast<std::ptrdiff_t>(whole), bytes.end());
    return verdict;
  }
  std::uint64_t read_limit() const override { return UINT64_MAX; }
  bool may_end() const override { return held_.empty(); }

 private:
  std::string held_;
};

// Takes every '-' out, is complete at '!', refuses '?', may end anywhere.
class Rewriter : public PumpFilter {
 public:
  Verdict inspect(std::span<char> bytes) override {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] == '?') return {Kind::wrong, 0, 0};
      if (bytes[i] == '!') return {Kind::complete, i + 1, kept};
      if (bytes[i] != '-') bytes[kept++] = bytes[i];
    }
    return {Kind::more, bytes.size(), kept};
  }
  std::uint64_t read_limit() const override { return UINT64_MAX; }
  bool may_end() const override { return true; }
};

// writer -> source [pump] sink -> reader
struct Relay {
  explicit Relay(bool with_tls = false, int buffer_bytes = 0)
      : up(with_tls ? make_tls_pair(fixture, buffer_bytes) : make_pair(fixture, buffer_bytes)),
        down(with_tls ? make_tls_pair(fixture, buffer_bytes) : make_pair(fixture, buffer_bytes)) {}

  ~Relay() { fixture.cancel_tasks(); }

  void start(std::string first = {}, PumpFilter* filter = nullptr) {
    pump = std::make_unique<Pump>(source, sink, buffer, filter, pipes);
    pump->start(std::move(first), [this](Pump::Outcome told) {
      REQUIRE_FALSE(outcome);
      outcome = told;
    });
  }
  void send(std::string_view bytes) { REQUIRE_FALSE(fixture.run(write_all(writer, bytes))); }
  std::string receive(std::size_t count) { return fixture.run(read_bytes(reader, count)); }
  // What the reader sees once the pump is done, and the sink was closed behind it.
  std::string receive_rest() {
    sink.shutdown_send();
    return fixture.run(read_to_end(reader)).bytes;
  }
  Pump::Outcome wait_for_end() {
    fixture.run_until([this] { return outcome.has_value(); });
    return *outcome;
  }

  LoopFixture fixture;
  TcpPair up;
  TcpPair down;
  Stream& writer = up.peer;
  Stream& source = up.ours;
  Stream& sink = down.ours;
  Stream& reader = down.peer;
  std::vector<char> buffer = std::vector<char>(64 * 1024);
  std::optional<Pump::Outcome> outcome;
  PipePool pool;
  PipePool* pipes = nullptr;  // &pool: bulk is spliced
  std::unique_ptr<Pump> pump;
};

Task<void> send_and_end(Stream& stream, std::string bytes) {
  static_cast<void>(co_await write_all(stream, bytes));
  stream.shutdown_send();
}

// From now on this system call, with this as its second argument, fails on this thread.
void forbid(std::uint32_t call, std::uint32_t second, int error) {
  const std::array<sock_filter, 6> program{{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, call},
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, args) + sizeof(std::uint64_t)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, second},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error)},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  }};
  const sock_fprog filter{program.size(), const_cast<sock_filter*>(program.data())};
  REQUIRE(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  REQUIRE(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

// Bulk through a pump that would like to splice.
void check_bulk(Relay& relay) {
  const std::string bytes = numbered_bytes(8 * 1024 * 1024 + 1);
  relay.pipes = &relay.pool;
  relay.start();
  relay.fixture.tasks.spawn("send", send_and_end(relay.writer, bytes));
  const std::string got = relay.receive(bytes.size());
  CHECK((got == bytes));
  CHECK(relay.wait_for_end().end == End::source_ended);
}

Socket unconnected(Loop& loop) {
  return {loop.get_executor(), ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
}

}  // namespace

TEST_CASE("A pump moves bytes and tells the orderly end") {
  Relay relay(GENERATE(false, true));
  relay.start();
  relay.send("hello");
  CHECK(relay.receive(5) == "hello");
  CHECK(relay.pump->bytes() == 5);
  relay.send(" world");
  CHECK(relay.receive(6) == " world");
  CHECK_FALSE(relay.outcome);
  relay.writer.shutdown_send();
  CHECK(relay.wait_for_end().end == End::source_ended);
  CHECK_FALSE(relay.outcome->error);
  CHECK(relay.pump->bytes() == 11);
}

TEST_CASE("Many bytes arrive unchanged and in order through small kernel buffers") {
  Relay relay(GENERATE(false, true), small_kernel_buffer);
  const std::string bytes = numbered_bytes(3 * 1024 * 1024 + 1);
  relay.start();
  relay.fixture.tasks.spawn("send", send_and_end(relay.writer, bytes));
  const std::string got = relay.receive(bytes.size());
  CHECK((got == bytes));
  CHECK(relay.wait_for_end().end == End::source_ended);
  CHECK(relay.pump->bytes() == bytes.size());
}

TEST_CASE("Bulk that is spliced arrives unchanged, in order, and ends as if it were copied") {
  Relay relay;
  relay.pipes = &relay.pool;
  const std::string bytes = numbered_bytes(16 * 1024 * 1024 + 1);
  relay.start("first");
  relay.fixture.tasks.spawn("send", send_and_end(relay.writer, bytes));
  const std::string got = relay.receive(5 + bytes.size());
  CHECK((got == "first" + bytes));
  CHECK(relay.wait_for_end().end == End::source_ended);
  CHECK(relay.pump->bytes() == got.size());
  CHECK(relay.pool.take());
}

// Each in a thread of its own: what is forbidden stays so.

TEST_CASE("Bulk is copied where splicing is not possible, or not allowed") {
  const int error = GENERATE(EINVAL, ENOSYS, EPERM);
  std::thread([error] {
    forbid(SYS_splice, 0, error);
    Relay relay;
    check_bulk(relay);
  }).join();
}

// Only pipes like ours: UBSan opens one, too, to look at an object.
TEST_CASE("Bulk is copied where no pipe can be had") {
  std::thread([] {
    forbid(SYS_pipe2, O_NONBLOCK | O_CLOEXEC, EMFILE);
    Relay relay;
    check_bulk(relay);
    CHECK_FALSE(relay.pool.take());
  }).join();
}

TEST_CASE("No more than 64 pipes are engaged at a time") {
  PipePool pool;
  std::vector<Pipe> engaged;
  for (std::size_t i = 0; i < PipePool::limit; ++i) {
    engaged.push_back(pool.take());
    REQUIRE(engaged.back());
  }
  CHECK_FALSE(pool.take());
  pool.put(std::move(engaged.back()), true);
  CHECK(pool.engaged() == PipePool::limit - 1);
  engaged.back() = pool.take();
  CHECK(engaged.back());
  CHECK_FALSE(pool.take());
  pool.put(std::move(engaged.back()), false);  // closed with what it holds
  CHECK(pool.take());
}

TEST_CASE("Bulk is copied while all pipes are engaged, and spliced again once one is free") {
  Relay relay;
  std::vector<Pipe> others;
  for (std::size_t i = 0; i < PipePool::limit; ++i) others.push_back(relay.pool.take());
  const std::string bytes = numbered_bytes(2 * 1024 * 1024);
  relay.pipes = &relay.pool;
  relay.start();
  relay.fixture.tasks.spawn("send", send_and_end(relay.writer, bytes + bytes));
  CHECK((relay.receive(bytes.size()) == bytes));
  for (Pipe& other : others) relay.pool.put(std::move(other), true);
  relay.fixture.run_until([&] { return relay.pool.engaged() == 1; });
  CHECK((relay.receive(bytes.size()) == bytes));
  CHECK(relay.wait_for_end().end == End::source_ended);
}

TEST_CASE("Bulk that stalls gives its pipe back, and all its bytes arrive once the sink takes them") {
  Relay relay(false, small_kernel_buffer);
  const std::string bytes = numbered_bytes(8 * 1024 * 1024 + 1);
  relay.pipes = &relay.pool;
  relay.start();
  relay.fixture.tasks.spawn("send", send_and_end(relay.writer, bytes));
  relay.fixture.run_until([&] { return relay.pool.engaged() == 1; });
  relay.fixture.run_until([&] { return relay.pool.engaged() == 0; });
  const std::string got = relay.receive(bytes.size());
  CHECK((got == bytes));
  CHECK(relay.wait_for_end().end == End::source_ended);
  CHECK(relay.pump->bytes() == bytes.size());
}

TEST_CASE("A pump that splices may be destroyed in every state, and its pool after it") {
  Relay relay;
  relay.pipes = &relay.pool;
  REQUIRE(fill(relay.writer) > 1024 * 1024);
  relay.start();
  const int turns = GENERATE(range(1, 12));
  for (int turn = 0; turn < turns; ++turn) {
    relay.fixture.loop.poll_one();
  }
  const bool sink_is_stuck = GENERATE(false, true);
  if (sink_is_stuck) relay.fixture.run_ready();
  CHECK(relay.pump->bytes() > 0);
  relay.pump.reset();
  CHECK_FALSE(relay.outcome);
}

TEST_CASE("A peer that goes while bulk is spliced is told, and raises no signal") {
  Relay relay;
  relay.pipes = &relay.pool;
  fill(relay.writer);
  relay.start();
  SECTION("the sink's") {
    relay.fixture.run_ready();
    relay.reader.reset_on_close();
    { const Stream gone = std::move(relay.reader); }
    CHECK(relay.wait_for_end().end == End::sink_failed);
  }
  SECTION("the source's") {
    relay.fixture.run_ready();
    relay.writer.reset_on_close();
    { const Stream gone = std::move(relay.writer); }
    std::vector<char> sunk(1024 * 1024);
    relay.fixture.run_until([&] {
      while (relay.reader.try_read(sunk).status == IoResult::Status::moved) {
      }
      return relay.outcome.has_value();
    });
    CHECK(relay.outcome->end == End::source_failed);
    CHECK(relay.outcome->error == std::errc::connection_reset);
  }
}

TEST_CASE("Plain to TLS and TLS to plain") {
  LoopFixture fixture;
  TcpPair plain = make_pair(fixture, small_kernel_buffer);
  TcpPair tls = make_tls_pair(fixture, small_kernel_buffer);
  const bool is_up = GENERATE(true, false);
  TcpPair& from = is_up ? plain : tls;
  TcpPair& to = is_up ? tls : plain;
  std::vector<char> buffer(64 * 1024);
  std::optional<Pump::Outcome> outcome;
  Pump pump(from.ours, to.ours, buffer);
  pump.start({}, [&](Pump::Outcome told) {
    outcome = told;
    to.ours.shutdown_send();
  });
  const std::string bytes = numbered_bytes(1024 * 1024);
  fixture.tasks.spawn("send", send_and_end(from.peer, bytes));
  const Received received = fixture.run(read_to_end(to.peer));
  CHECK((received.bytes == bytes));
  CHECK_FALSE(received.error);
  REQUIRE(outcome);
  CHECK(outcome->end == End::source_ended);
}

TEST_CASE("Bytes that TLS has decrypted already are pumped, though the descriptor is not ready any more") {
  Relay relay(true);
  relay.send("abcdef");
  CHECK(relay.fixture.run(read_bytes(relay.source, 2)) == "ab");
  relay.start();
  CHECK(relay.receive(4) == "cdef");
}

TEST_CASE("A record larger than the pump's buffer comes through whole") {
  Relay relay(true);
  relay.buffer.resize(1000);
  const std::string bytes = numbered_bytes(16 * 1024);
  relay.start();
  relay.send(bytes);
  CHECK((relay.receive(bytes.size()) == bytes));
}

TEST_CASE("A sink that takes nothing stops the reading: what is under way is bounded") {
  Relay relay(GENERATE(false, true), small_kernel_buffer);
  relay.start();
  std::size_t written = 0;
  // The kernel opens its windows late at times; but however often it is asked, no more than this may go in.
  const std::size_t bound = 16 * small_kernel_buffer + relay.buffer.size();
  for (int quiet = 0; quiet < 20; ++quiet) {
    const std::size_t now = fill(relay.writer, 8 * bound);
    written += now;
    if (now != 0) quiet = 0;
    relay.fixture.run_ready();
    REQUIRE(written < bound);
  }
  CHECK(relay.pump->bytes() < written);
  CHECK_FALSE(relay.outcome);
  // A reader that comes late gets everything.
  relay.fixture.tasks.spawn("end", send_and_end(relay.writer, std::string(16 * 1024, 'x')));
  CHECK(relay.receive(written).size() == written);
}

TEST_CASE("The end is reported only after everything has been written") {
  Relay relay(GENERATE(false, true), small_kernel_buffer);
  const std::string bytes = numbered_bytes(512 * 1024);
  relay.start();
  relay.fixture.tasks.spawn("send", send_and_end(relay.writer, bytes));
  std::string got;
  while (!relay.outcome && got.size() < bytes.size()) {
    CHECK(relay.pump->bytes() < bytes.size());
    got += relay.receive(std::min<std::size_t>(16 * 1024, bytes.size() - got.size()));
    relay.fixture.run_ready();
    if (relay.outcome) CHECK(relay.pump->bytes() == bytes.size());
  }
  CHECK(relay.wait_for_end().end == End::source_ended);
  got += relay.receive_rest();
  CHECK((got == bytes));
}

TEST_CASE("First bytes go out before everything else, and are not filtered") {
  Relay relay(GENERATE(false, true));
  Rewriter filter;
  relay.send("b-c!");
  relay.start("-a-?!", &filter);
  CHECK(relay.pump->bytes() == 0);  // never from inside start()
  CHECK(relay.receive(7) == "-a-?!bc");
  CHECK(relay.wait_for_end().end == End::complete);
  CHECK(relay.pump->bytes() == 7);
}

TEST_CASE("First bytes are written even where the source has ended already") {
  Relay relay(false, small_kernel_buffer);
  relay.writer.shutdown_send();
  const std::string first = numbered_bytes(256 * 1024);
  relay.start(first);
  CHECK((relay.receive(first.size()) == first));
  CHECK(relay.wait_for_end().end == End::source_ended);
}

TEST_CASE("A source that fails is reported") {
  SECTION("a reset") {
    Relay relay;
    relay.start();
    relay.writer.reset_on_close();
    { const Stream gone = std::move(relay.writer); }
    CHECK(relay.wait_for_end().end == End::source_failed);
    CHECK(relay.outcome->error == std::errc::connection_reset);
  }
  SECTION("TLS that ends without close_notify") {
    Relay relay(true);
    relay.start();
    relay.send("half a mess");
    { const Stream gone = std::move(relay.writer); }
    CHECK(relay.wait_for_end().end == End::source_failed);
    CHECK(relay.outcome->error == make_error_code(NetError::stream_truncated));
    CHECK(relay.receive_rest() == "half a mess");
  }
  SECTION("cancelled by its owner") {
    Relay relay;
    relay.start();
    relay.fixture.run_ready();
    relay.source.cancel();
    CHECK(relay.wait_for_end().end == End::source_failed);
    CHECK(relay.outcome->error == asio::error::operation_aborted);
  }
}

TEST_CASE("A sink that fails is reported, while writing and while waiting for it") {
  const bool waits = GENERATE(false, true);
  Relay relay(GENERATE(false, true), small_kernel_buffer);
  relay.start();
  const auto keep_sending = [](Stream& stream) -> Task<void> {
    const std::string bytes(1024 * 1024, 'x');
    static_cast<void>(co_await write_all(stream, bytes));
  };
  if (waits) {
    relay.fixture.tasks.spawn("send", keep_sending(relay.writer));
    relay.fixture.run_ready();
  }
  relay.reader.reset_on_close();
  { const Stream gone = std::move(relay.reader); }
  if (!waits) relay.fixture.tasks.spawn("send", keep_sending(relay.writer));
  CHECK(relay.wait_for_end().end == End::sink_failed);
  CHECK((relay.outcome->error == std::errc::connection_reset ||
         relay.outcome->error == std::errc::broken_pipe));
}

TEST_CASE("A filter that sees the end stops the pump, and what lies behind is kept") {
  Relay relay(GENERATE(false, true));
  SECTION("a limit keeps the next message in the source") {
    LengthFilter filter(5);
    relay.send("helloGET /");
    relay.start({}, &filter);
    CHECK(relay.wait_for_end().end == End::complete);
    CHECK(relay.pump->take_leftover().empty());
    CHECK(relay.fixture.run(read_bytes(relay.source, 5)) == "GET /");
  }
  SECTION("bytes read behind the end are handed over once") {
    LengthFilter filter(5, true);
    relay.send("helloGET /");
    relay.start({}, &filter);
    CHECK(relay.wait_for_end().end == End::complete);
    CHECK(relay.pump->take_leftover() == "GET /");
    CHECK(relay.pump->take_leftover().empty());
  }
  CHECK(relay.pump->bytes() == 5);
  CHECK(relay.receive_rest() == "hello");
}

TEST_CASE("The filter's end is reported only after everything has been written") {
  Relay relay(GENERATE(false, true), small_kernel_buffer);
  const std::string bytes = numbered_bytes(300 * 1024);
  LengthFilter filter(bytes.size(), true);
  relay.start({}, &filter);
  relay.fixture.tasks.spawn("send", send_and_end(relay.writer, bytes + "next"));
  std::string got = relay.receive(1024);
  relay.fixture.run_ready();
  CHECK_FALSE(relay.outcome);
  got += relay.receive(bytes.size() - got.size());
  CHECK(relay.wait_for_end().end == End::complete);
  CHECK(relay.pump->bytes() == bytes.size());
  CHECK((got == bytes));
}

TEST_CASE("A pump reads no more than its filter's limit and its buffer") {
  Relay relay;
  relay.buffer.resize(100);
  LengthFilter filter(1000);
  relay.send(std::string(1000, 'x'));
  relay.start({}, &filter);
  CHECK(relay.wait_for_end().end == End::complete);
  CHECK(filter.largest() == 100);
}

TEST_CASE("A filter that wants nothing more is complete, whatever the source does") {
  Relay relay(GENERATE(false, true));
  LengthFilter filter(0);
  SECTION("the source is silent") {}
  SECTION("the next message waits already") {
    relay.send("GET /");
  }
  SECTION("the source has ended") {
    relay.writer.shutdown_send();
  }
  relay.start("whole body", &filter);
  CHECK(relay.wait_for_end().end == End::complete);
  CHECK(relay.receive_rest() == "whole body");
}

TEST_CASE("A filter may shorten what passes, even to nothing") {
  Relay relay(GENERATE(false, true));
  Rewriter filter;
  relay.start({}, &filter);
  relay.send("a-b-");
  CHECK(relay.receive(2) == "ab");
  relay.send("----");
  relay.send("-c!rest");
  CHECK(relay.wait_for_end().end == End::complete);
  CHECK(relay.pump->bytes() == 3);
  CHECK(relay.pump->take_leftover() == "rest");
  CHECK(relay.receive_rest() == "c");
}

TEST_CASE("Bytes that the filter held back go out before those that release them") {
  Relay relay(GENERATE(false, true));
  Holder filter;
  relay.start({}, &filter);
  relay.send("one. two");
  CHECK(relay.receive(4) == "one.");
  relay.send(" three");
  relay.send(". four");
  CHECK(relay.receive(11) == " two three.");
  relay.send(" and " + std::string(1'000'000, 'x') + ".");
  CHECK(relay.receive(1'000'011) == " four and " + std::string(1'000'000, 'x') + ".");
}

TEST_CASE("A filter may end with nothing to send on") {
  Relay relay;
  Rewriter filter;
  relay.start({}, &filter);
  relay.send("-!");
  CHECK(relay.wait_for_end().end == End::complete);
  CHECK(relay.pump->bytes() == 0);
}

TEST_CASE("Bytes that the filter refuses are not sent on") {
  Relay relay(GENERATE(false, true));
  Rewriter filter;
  relay.start({}, &filter);
  relay.send("ok");
  CHECK(relay.receive(2) == "ok");
  relay.send("not ok?");
  CHECK(relay.wait_for_end().end == End::malformed);
  CHECK(relay.receive_rest().empty());
}

TEST_CASE("A source that ends too early for the filter has failed") {
  Relay relay(GENERATE(false, true));
  SECTION("in the middle of the message") {
    LengthFilter filter(10);
    relay.start({}, &filter);
    relay.send("half");
    relay.writer.shutdown_send();
    CHECK(relay.wait_for_end().end == End::source_failed);
    CHECK(relay.outcome->error == std::errc::connection_aborted);
    CHECK(relay.receive_rest() == "half");
  }
  SECTION("but where the filter allows it, it is an end") {
    Rewriter filter;
    relay.start({}, &filter);
    relay.send("all");
    relay.writer.shutdown_send();
    CHECK(relay.wait_for_end().end == End::source_ended);
    CHECK(relay.receive_rest() == "all");
  }
}

TEST_CASE("A pump may be destroyed in every state") {
  const bool lets_the_loop_run = GENERATE(true, false);
  Relay relay(GENERATE(false, true), small_kernel_buffer);
  SECTION("never started") {
    relay.pump = std::make_unique<Pump>(relay.source, relay.sink, relay.buffer);
  }
  SECTION("started, before its first turn") {
    relay.start("first");
  }
  SECTION("waiting for its source") {
    relay.start();
    relay.send("x");
    CHECK(relay.receive(1) == "x");
  }
  SECTION("waiting for its sink") {
    relay.start(std::string(1024 * 1024, 'x'));
    relay.fixture.run_ready();
    CHECK(relay.pump->bytes() > 0);
  }
  SECTION("between two turns") {
    relay.start(std::string(1024 * 1024, 'x'));
    relay.fixture.loop.run_one();
  }
  SECTION("ended") {
    relay.start();
    relay.writer.shutdown_send();
    relay.wait_for_end();
    relay.outcome.reset();
  }
  relay.pump.reset();
  if (lets_the_loop_run) {
    // The streams are the pump's no more; its handler comes to its end without touching them.
    relay.source.cancel();
    relay.sink.cancel();
    relay.fixture.run_ready();
  }
  CHECK_FALSE(relay.outcome);
}

TEST_CASE("A destroyed pump takes nothing more from its source") {
  Relay relay;
  relay.start();
  relay.fixture.run_ready();
  relay.pump.reset();
  relay.send("for somebody else");
  relay.fixture.run_ready();
  CHECK(relay.fixture.run(read_bytes(relay.source, 17)) == "for somebody else");
}

TEST_CASE("A pump whose loop goes away first leaves nothing behind") {
  auto fixture = std::make_unique<Loop>();
  std::vector<char> buffer(1024);
  std::optional<Stream> source(Stream(unconnected(*fixture)));
  std::optional<Stream> sink(Stream(unconnected(*fixture)));
  Pump pump(*source, *sink, buffer);
  pump.start("first", [](Pump::Outcome) { FAIL("nobody ran the loop"); });
  source.reset();
  sink.reset();
  fixture.reset();
}

TEST_CASE("A pump may be destroyed by what it tells its end to") {
  Relay relay;
  std::optional<Pump::Outcome> told;
  Rewriter filter;
  relay.pump = std::make_unique<Pump>(relay.source, relay.sink, relay.buffer, &filter);
  relay.pump->start({}, [&](Pump::Outcome outcome) {
    relay.pump.reset();
    told = outcome;
  });
  SECTION("source ended") {
    relay.writer.shutdown_send();
  }
  SECTION("source failed") {
    relay.writer.reset_on_close();
    const Stream gone = std::move(relay.writer);
  }
  SECTION("source cancelled") {
    relay.fixture.run_ready();
    relay.source.cancel();
  }
  SECTION("sink failed") {
    relay.reader.reset_on_close();
    { const Stream gone = std::move(relay.reader); }
    relay.send("x");
  }
  SECTION("complete") {
    relay.send("x!y");
  }
  SECTION("malformed") {
    relay.send("?");
  }
  relay.fixture.run_until([&] { return told.has_value(); });
  relay.fixture.run_ready();
  CHECK(relay.pump == nullptr);
}

TEST_CASE("Two pumps make a relay: each direction ends by itself") {
  LoopFixture fixture;
  const bool with_tls = GENERATE(false, true);
  TcpPair left = make_pair(fixture, small_kernel_buffer);
  TcpPair right =
      with_tls ? make_tls_pair(fixture, small_kernel_buffer) : make_pair(fixture, small_kernel_buffer);
  std::vector<char> buffer(64 * 1024);
  Pump up(left.ours, right.ours, buffer);
  Pump down(right.ours, left.ours, buffer);
  bool is_up_over = false;
  up.start({}, [&](Pump::Outcome) {
    right.ours.shutdown_send();
    is_up_over = true;
  });
  down.start({}, [&](Pump::Outcome) { left.ours.shutdown_send(); });
  const std::string request = numbered_bytes(400 * 1024);
  std::string answer = request;
  std::reverse(answer.begin(), answer.end());

  fixture.tasks.spawn("request", send_and_end(left.peer, request));
  fixture.tasks.spawn("first half of the answer", [](Stream& stream, const std::string& bytes) -> Task<void> {
    static_cast<void>(co_await write_all(stream, std::string_view(bytes).substr(0, bytes.size() / 2)));
  }(right.peer, answer));
  const Received asked = fixture.run(read_to_end(right.peer));
  CHECK((asked.bytes == request));
  CHECK(is_up_over);
  std::string got = fixture.run(read_bytes(left.peer, answer.size() / 2));
  fixture.tasks.spawn("other half", [](Stream& stream, const std::string& bytes) -> Task<void> {
    static_cast<void>(co_await write_all(stream, std::string_view(bytes).substr(bytes.size() / 2)));
    stream.shutdown_send();
  }(right.peer, answer));
  const Received rest = fixture.run(read_to_end(left.peer));
  CHECK((got + rest.bytes == answer));
  CHECK_FALSE(rest.error);
}

TEST_CASE("A bulk pump leaves a small one its turn") {
  // With the kernel's first, small windows the bulk would run dry by itself within every turn.
  Relay bulk(false, 4 * 1024 * 1024);
  TcpPair small_up = make_pair(bulk.fixture);
  TcpPair small_down = make_pair(bulk.fixture);
  Pump small(small_up.ours, small_down.ours, bulk.buffer);
  // More than may go through in one turn lies ready in the kernel before anything moves.
  constexpr std::size_t turn = 256 * 1024;
  const std::size_t ready = fill(bulk.writer);
  REQUIRE(ready > 4 * turn);
  bulk.start();
  small.start("x", [](Pump::Outcome) {});
  std::uint64_t bulk_before = 0;
  std::vector<char> sunk(1024 * 1024);
  for (std::uint64_t round = 1; round <= 5; ++round) {
    while (small.bytes() < round) REQUIRE(bulk.fixture.loop.poll_one());
    // One turn, or two where the loop had to look for the small one's reactor first.
    CHECK(bulk.pump->bytes() - bulk_before <= 2 * (turn + bulk.buffer.size()));
    bulk_before = bulk.pump->bytes();
    while (bulk.reader.try_read(sunk).status == IoResult::Status::moved) {
    }
    fill(bulk.writer);
    REQUIRE(small_up.peer.try_write(std::span("x", 1)).bytes == 1);
  }
  CHECK(bulk_before > turn);  // the bulk was busy all the time
}

TEST_CASE("Progress is remembered") {
  Relay relay;
  const TimePoint before = coarse_now();
  relay.start();
  const TimePoint started = relay.pump->last_progress();
  CHECK(started >= before);
  while (coarse_now() == started) continue;  // a few milliseconds at most
  relay.send("x");
  CHECK(relay.receive(1) == "x");
  CHECK(relay.pump->last_progress() <= Clock::now());
  CHECK(relay.pump->last_progress() != started);
}
