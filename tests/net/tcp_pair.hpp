// Connected TCP streams on loopback, and the few operations that tests do at the peer's end.
#pragma once

#include "loop/loop_fixture.hpp"
#include "net/connector.hpp"
#include "net/endpoint.hpp"
#include "net/listener.hpp"
#include "net/stream.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/socket.h>

namespace aluvia::test {

using GetName = int (*)(int, sockaddr*, socklen_t*);
inline net::Endpoint name_of(const net::Socket& socket, GetName get_name) {
  net::Endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  REQUIRE(get_name(socket.native_handle(), endpoint.data(), &size) == 0);
  endpoint.resize(size);
  return endpoint;
}
inline net::Endpoint peer_of(const net::Socket& socket) {
  return name_of(socket, &::getpeername);
}
inline net::Endpoint own_of(const net::Socket& socket) {
  return name_of(socket, &::getsockname);
}

inline const net::Address loopback_v4 = asio::ip::address_v4::loopback();
inline const net::Address loopback_v6 = asio::ip::address_v6::loopback();

inline loop::TimePoint soon() {
  return loop::Clock::now() + guard_time;
}

struct TcpPair {
  TcpPair(net::Stream one, net::Stream other) : ours(std::move(one)), peer(std::move(other)) {}
  net::Stream ours;
  net::Stream peer;
};

/// Connects, as the proxy's tasks do it.
inline loop::Task<Result<net::Socket>> connect(loop::Executor executor, std::vector<net::Address> addresses,
                                               std::uint16_t port, loop::TimePoint deadline) {
  net::Connector connector(executor, std::move(addresses), port, deadline);
  co_await connector.finished();
  co_return connector.result();
}

/// Both ends of one connection. `buffer_bytes` other than 0 fixes both ends' kernel buffers (about twice
/// that).
inline TcpPair make_pair(LoopFixture& fixture, int buffer_bytes = 0) {
  auto listener = std::move(net::Listener::open(fixture.loop, loopback_v4, 0).value());
  std::optional<net::Socket> accepted;
  listener->start(
      {[&](net::Socket socket) { accepted.emplace(std::move(socket)); }, [](const net::Socket&) {}, nullptr});
  auto connected =
      fixture.run(connect(fixture.executor(), {loopback_v4}, listener->local_endpoint().port(), soon()));
  REQUIRE(connected);
  fixture.run_until([&] { return accepted.has_value(); });
  listener->close();
  fixture.run_ready();
  TcpPair pair(net::Stream(std::move(*connected)), net::Stream(std::move(*accepted)));
  if (buffer_bytes != 0) {
    for (const int fd : {pair.ours.native_handle(), pair.peer.native_handle()}) {
      for (const int option : {SO_SNDBUF, SO_RCVBUF}) {
        REQUIRE(::setsockopt(fd, SOL_SOCKET, option, &buffer_bytes, sizeof buffer_bytes) == 0);
      }
    }
  }
  return pair;
}

/// What a peer saw up to the end, and how it ended.
struct Received {
  std::string bytes;
  std::error_code error;  ///< none: orderly end
};

inline loop::Task<Received> read_to_end(net::Stream& stream) {
  Received received;
  std::vector<char> room(64 * 1024);
  for (;;) {
    const net::IoResult got = stream.try_read(room);
    if (got.status == net::IoResult::Status::moved) received.bytes.append(room.data(), got.bytes);
    if (got.status == net::IoResult::Status::failed) received.error = got.error;
    if (got.status == net::IoResult::Status::failed || got.status == net::IoResult::Status::ended) break;
    if (got.status == net::IoResult::Status::blocked) co_await stream.ready(got.want);
  }
  co_return received;
}

/// Exactly `count` bytes, fewer when the stream ends before.
inline loop::Task<std::string> read_bytes(net::Stream& stream, std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    const net::IoResult got = stream.try_read(std::span(bytes).subspan(done));
    if (got.status == net::IoResult::Status::blocked) {
      co_await stream.ready(got.want);
      continue;
    }
    if (got.status != net::IoResult::Status::moved) break;
    done += got.bytes;
  }
  bytes.resize(done);
  co_return bytes;
}

/// Writes until the kernel takes no more; returns how much it took.
inline std::size_t fill(net::Stream& stream, std::size_t at_most = SIZE_MAX) {
  const std::string chunk(16 * 1024, 'x');
  std::size_t filled = 0;
  while (filled < at_most) {
    const net::IoResult put =
        stream.try_write(std::span(chunk).first(std::min(chunk.size(), at_most - filled)));
    if (put.status != net::IoResult::Status::moved) break;
    filled += put.bytes;
  }
  return filled;
}

/// Bytes that show every swap, loss and repetition: a counter, little-endian, four bytes each.
inline std::string numbered_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>((i / 4) >> (8 * (i % 4)));
  return bytes;
}

}  // namespace aluvia::test
