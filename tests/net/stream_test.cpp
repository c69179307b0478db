#include "net/stream.hpp"

#include "net/error.hpp"
#include "tls_pair.hpp"

#include <catch2/catch.hpp>
#include <openssl/ssl.h>

using namespace aluvia;
using namespace aluvia::net;
using namespace aluvia::loop;
using namespace aluvia::test;

namespace {

Task<WaitResult> until_ready(Stream& stream, Want want) {
  const WaitResult result = co_await stream.ready(want);
  co_return result;
}

using Status = IoResult::Status;

// A pair of either kind: what is true of a plain stream must be true of TLS.
struct Either {
  explicit Either(int buffer_bytes = 0)
      : is_tls(GENERATE(false, true)),
        pair(is_tls ? make_tls_pair(fixture, buffer_bytes) : make_pair(fixture, buffer_bytes)) {}
  ~Either() { fixture.cancel_tasks(); }
  LoopFixture fixture;
  bool is_tls;
  TcpPair pair;
};

Task<void> send(Stream& stream, std::string bytes, std::error_code& error, bool& is_over) {
  error = co_await write_all(stream, bytes);
  is_over = true;
}

IoResult read_some(LoopFixture& fixture, Stream& stream, std::span<char> into) {
  for (;;) {
    const IoResult got = stream.try_read(into);
    if (got.status != Status::blocked) return got;
    static_cast<void>(fixture.run(until_ready(stream, got.want)));
  }
}

}  // namespace

TEST_CASE("A read that finds nothing says what to wait for") {
  Either either;
  std::array<char, 8> room{};
  const IoResult got = either.pair.ours.try_read(room);
  CHECK(got.status == Status::blocked);
  CHECK(got.want == Want::read);
}

TEST_CASE("Bytes written arrive, in one piece or two") {
  Either either;
  const std::string_view first = GENERATE("", "hello ");
  const std::string_view second = GENERATE("", "world");
  const auto error = either.fixture.run(write_all(either.pair.ours, first, second));
  CHECK_FALSE(error);
  const std::string expected = std::string(first) + std::string(second);
  CHECK(either.fixture.run(read_bytes(either.pair.peer, expected.size())) == expected);
}

TEST_CASE("Two pieces go out with one system call where the stream is plain") {
  LoopFixture fixture;
  TcpPair pair = make_pair(fixture);
  const IoResult put = pair.ours.try_write("hello ", "world");
  CHECK(put.status == Status::moved);
  CHECK(put.bytes == 11);
}

TEST_CASE("A read takes no more than there is room for") {
  Either either;
  REQUIRE_FALSE(either.fixture.run(write_all(either.pair.ours, "abcdef")));
  std::array<char, 4> room{};
  const IoResult got = read_some(either.fixture, either.pair.peer, room);
  CHECK(got.status == Status::moved);
  CHECK(got.bytes == 4);
  // TLS holds the rest itself: the descriptor would never become ready again.
  CHECK(either.pair.peer.try_read(room).bytes == 2);
}

TEST_CASE("Writing everything waits out a full socket buffer") {
  Either either(64 * 1024);
  const std::string bytes = numbered_bytes(1024 * 1024);
  std::error_code error = std::make_error_code(std::errc::io_error);
  bool is_over = false;
  either.fixture.tasks.spawn("send", send(either.pair.ours, bytes, error, is_over));
  either.fixture.run_ready();
  CHECK_FALSE(is_over);
  const std::string got = either.fixture.run(read_bytes(either.pair.peer, bytes.size()));
  CHECK((got == bytes));
  either.fixture.run_until([&] { return is_over; });
  CHECK_FALSE(error);
}

TEST_CASE("Writing everything ends with operation_aborted when its stream is cancelled") {
  Either either(64 * 1024);
  std::error_code error;
  bool is_over = false;
  either.fixture.tasks.spawn("send", send(either.pair.ours, std::string(1024 * 1024, 'x'), error, is_over));
  either.fixture.run_ready();
  either.pair.ours.cancel();
  either.fixture.run_until([&] { return is_over; });
  CHECK(error == asio::error::operation_aborted);
}

TEST_CASE("Writing everything tells that the peer is gone") {
  Either either(64 * 1024);
  std::error_code error;
  bool is_over = false;
  either.fixture.tasks.spawn("send", send(either.pair.ours, std::string(1024 * 1024, 'x'), error, is_over));
  either.fixture.run_ready();
  either.pair.peer.reset_on_close();
  { const Stream gone = std::move(either.pair.peer); }
  either.fixture.run_until([&] { return is_over; });
  CHECK(error);
  CHECK(error != asio::error::operation_aborted);
}

TEST_CASE("Writing to a peer that is gone is an error and no signal") {
  Either either;
  either.pair.peer.reset_on_close();
  { const Stream gone = std::move(either.pair.peer); }
  std::error_code error;
  for (int i = 0; i < 3; ++i) error = either.fixture.run(write_all(either.pair.ours, "x"));
  CHECK((error == std::errc::broken_pipe || error == std::errc::connection_reset));
}

TEST_CASE("Half-close: the peer reads to our end and can still answer") {
  Either either;
  REQUIRE_FALSE(either.fixture.run(write_all(either.pair.ours, "request")));
  either.pair.ours.shutdown_send();
  const Received request = either.fixture.run(read_to_end(either.pair.peer));
  CHECK(request.bytes == "request");
  CHECK_FALSE(request.error);
  REQUIRE_FALSE(either.fixture.run(write_all(either.pair.peer, "answer")));
  either.pair.peer.shutdown_send();
  const Received answer = either.fixture.run(read_to_end(either.pair.ours));
  CHECK(answer.bytes == "answer");
  CHECK_FALSE(answer.error);
}

TEST_CASE("A stream that resets on close is seen as a reset by the peer") {
  Either either;
  either.pair.ours.reset_on_close();
  { const Stream closed = std::move(either.pair.ours); }
  const Received received = either.fixture.run(read_to_end(either.pair.peer));
  CHECK(received.error == std::errc::connection_reset);
}

TEST_CASE("Plain: destruction is an orderly end") {
  LoopFixture fixture;
  TcpPair pair = make_pair(fixture);
  { const Stream closed = std::move(pair.ours); }
  CHECK_FALSE(fixture.run(read_to_end(pair.peer)).error);
}

TEST_CASE("TLS: an end without close_notify is a truncation, not an end") {
  LoopFixture fixture;
  TcpPair pair = make_tls_pair(fixture);
  REQUIRE_FALSE(fixture.run(write_all(pair.peer, "half a mess")));
  { const Stream closed = std::move(pair.peer); }
  const Received received = fixture.run(read_to_end(pair.ours));
  CHECK(received.bytes == "half a mess");
  CHECK(received.error == make_error_code(NetError::stream_truncated));
}

TEST_CASE("TLS: bytes that are no TLS record are reported as a protocol failure") {
  LoopFixture fixture;
  TcpPair pair = make_tls_pair(fixture);
  const std::string_view garbage = "HTTP/1.1 400 Bad Request\r\n\r\n";
  REQUIRE(::send(pair.peer.native_handle(), garbage.data(), garbage.size(), MSG_NOSIGNAL) > 0);
  CHECK(fixture.run(read_to_end(pair.ours)).error == make_error_code(NetError::tls_protocol));
}

TEST_CASE("A stream is quiet while nothing has come and the peer is there") {
  Either either;
  CHECK(either.pair.ours.is_quiet());
  CHECK(either.pair.ours.is_quiet());  // and asking changes nothing
  SECTION("bytes end the quiet and are still there afterwards") {
    REQUIRE_FALSE(either.fixture.run(write_all(either.pair.peer, "surprise")));
    either.fixture.run_until([&] { return !either.pair.ours.is_quiet(); });
    CHECK_FALSE(either.pair.ours.is_quiet());
    CHECK(either.fixture.run(read_bytes(either.pair.ours, 8)) == "surprise");
    CHECK(either.pair.ours.is_quiet());
  }
  SECTION("a closed peer ends the quiet") {
    either.pair.peer.shutdown_send();
    CHECK_FALSE(either.pair.ours.is_quiet());
  }
  SECTION("a vanished peer ends the quiet") {
    either.pair.peer.reset_on_close();
    { const Stream closed = std::move(either.pair.peer); }
    CHECK_FALSE(either.pair.ours.is_quiet());
  }
}

TEST_CASE("What came before the events of a turn were read is known without asking the kernel") {
  LoopFixture fixture;
  TcpPair idle = make_pair(fixture);
  TcpPair other = make_pair(fixture);
  Reactor& reactor = Reactor::of(fixture.executor());
  // Waits on `other`, whose event the kernel reports before that of `idle`, in the same batch.
  bool is_quiet = true;
  const auto look = [&](std::uint64_t asked) -> Task<void> {
    const std::error_code error = co_await other.ours.ready(Want::read);
    CHECK_FALSE(error);
    is_quiet = idle.ours.is_quiet_since(asked);
  };
  const std::uint64_t asked = reactor.asked();
  fixture.tasks.spawn("look", look(asked));
  fixture.run_ready();
  CHECK(idle.ours.is_quiet_since(asked));
  REQUIRE(other.peer.try_write("a", {}).status == IoResult::Status::moved);
  SECTION("bytes") {
    REQUIRE(idle.peer.try_write("b", {}).status == IoResult::Status::moved);
  }
  SECTION("the end") {
    idle.peer.shutdown_send();
  }
  SECTION("a reset") {
    idle.peer.reset_on_close();
    Stream gone = std::move(idle.peer);
  }
  fixture.run_until([&] { return fixture.tasks.size() == 0; });
  CHECK_FALSE(is_quiet);
}

TEST_CASE("A stream that became idle in this turn is asked for what has come meanwhile") {
  LoopFixture fixture;
  TcpPair pair = make_pair(fixture);
  Reactor& reactor = Reactor::of(fixture.executor());
  REQUIRE_FALSE(fixture.run(write_all(pair.peer, "a")));
  CHECK(fixture.run(read_bytes(pair.ours, 1)) == "a");
  const std::uint64_t asked = reactor.asked();
  CHECK(pair.ours.is_quiet_since(asked));
  REQUIRE(pair.peer.try_write("b", {}).status == IoResult::Status::moved);
  CHECK_FALSE(pair.ours.is_quiet_since(asked));
}

TEST_CASE("An edge whose bytes have been read does not end the quiet") {
  LoopFixture fixture;
  TcpPair pair = make_pair(fixture);
  const std::uint64_t asked = Reactor::of(fixture.executor()).asked();
  REQUIRE_FALSE(fixture.run(write_all(pair.peer, "a")));
  fixture.run_ready();
  CHECK_FALSE(pair.ours.is_quiet_since(asked));
  CHECK(fixture.run(read_bytes(pair.ours, 1)) == "a");
  CHECK(pair.ours.is_quiet_since(asked));
}

TEST_CASE("TLS: what OpenSSL has read already ends the quiet") {
  LoopFixture fixture;
  TcpPair pair = make_tls_pair(fixture);
  REQUIRE_FALSE(fixture.run(write_all(pair.peer, "abcdef")));
  CHECK(fixture.run(read_bytes(pair.ours, 2)) == "ab");
  CHECK_FALSE(pair.ours.is_quiet());
}

TEST_CASE("TLS 1.3: the server's session tickets do not end the quiet") {
  LoopFixture fixture;
  TcpPair pair = make_tls_pair(fixture, 0, TLS1_3_VERSION);
  // The tickets came right behind the handshake: something is there to read, but nothing for us.
  CHECK_FALSE(fixture.run(until_ready(pair.ours, Want::read)));
  CHECK(pair.ours.is_quiet());
}

TEST_CASE("A cancelled wait ends with operation_aborted") {
  LoopFixture fixture;
  TcpPair pair = make_pair(fixture);
  std::error_code error;
  bool is_over = false;
  const auto wait = [](Stream& stream, std::error_code& out, bool& over) -> Task<void> {
    out = co_await stream.ready(Want::read);
    over = true;
  };
  fixture.tasks.spawn("wait", wait(pair.ours, error, is_over));
  fixture.run_ready();
  CHECK_FALSE(is_over);
  pair.ours.cancel();
  fixture.run_until([&] { return is_over; });
  CHECK(error == asio::error::operation_aborted);
}
