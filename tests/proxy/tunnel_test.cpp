// Tests open tunnels; gateway_test has the errors of opening one.
#include "proxy_fixture.hpp"

#include <future>
#include <thread>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace aluvia::test {
namespace {

using Name = int (*)(int, sockaddr*, socklen_t*);

std::uint16_t port_of(int socket, Name name) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  const bool is_known = name(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  return is_known && address.sin_family == AF_INET ? ntohs(address.sin_port) : std::uint16_t{0};
}

// The connected sockets of this process whose own (getsockname) or far (getpeername) port is that one.
std::vector<int> connected(Name name, std::uint16_t port) {
  std::vector<int> out;
  for (int one = 0; one < 1024; ++one) {
    if (port_of(one, &::getpeername) != 0 && port_of(one, name) == port) out.push_back(one);
  }
  return out;
}

int option_of(int socket, int level, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(socket, level, option, &value, &size) == 0 ? value : -1;
}

void is_kept_alive(const std::vector<int>& sockets) {
  REQUIRE(sockets.size() == 1);
  CHECK(option_of(sockets[0], SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option_of(sockets[0], IPPROTO_TCP, TCP_KEEPIDLE) == 60);
  CHECK(option_of(sockets[0], IPPROTO_TCP, TCP_KEEPINTVL) == 15);
  CHECK(option_of(sockets[0], IPPROTO_TCP, TCP_KEEPCNT) == 4);
  CHECK(option_of(sockets[0], IPPROTO_TCP, TCP_USER_TIMEOUT) == 0);  // a reader may pause
}

TEST_CASE("The kernel keeps both sides of a tunnel alive") {
  proxy::Limits limits;
  limits.tunnel_probed = std::chrono::milliseconds(50);
  Proxy proxy({.limits = limits});
  FakeServer site;
  const Peer client = proxy.tunnel(site.authority());
  const Peer server = site.accepts();
  (void)proxy.counters();  // the loop has come to rest
  is_kept_alive(connected(&::getsockname, proxy.port()));
  const std::vector<int> upstream = connected(&::getpeername, site.port());
  REQUIRE(upstream.size() == 1);
  wait_until([&] { return option_of(upstream[0], IPPROTO_TCP, TCP_KEEPCNT) == 4; });
  is_kept_alive(upstream);
}

TEST_CASE("A direct tunnel carries bytes both ways") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.tunnel(site.authority());
  Peer server = site.accepts();
  client.sends("hello");
  server.receives("hello");
  server.sends("welcome");
  client.receives("welcome");
}

TEST_CASE("Bytes sent along with CONNECT go into the tunnel") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("CONNECT " + site.authority() + " HTTP/1.1\r\nHost: x\r\n\r\nearly bytes");
  Peer server = site.accepts();
  server.receives("early bytes");
  client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
}

TEST_CASE("A server that speaks first is heard behind our 200") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("CONNECT " + site.authority() + " HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer server = site.accepts();
  server.sends("220 mail.example.com\r\n");
  client.receives("HTTP/1.1 200 Connection Established\r\n\r\n220 mail.example.com\r\n");
}

TEST_CASE("CONNECT may come in pieces, in HTTP/1.0, without Host, and with an empty body announced") {
  Proxy proxy;
  FakeServer site;
  for (const std::string fields :
       {" HTTP/1.0\r\n\r\n", " HTTP/1.1\r\n\r\n", " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"}) {
    Peer client = proxy.client();
    for (const char c : "CONNECT " + site.authority() + fields) client.sends({&c, 1});
    client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
    Peer server = site.accepts();
    client.sends("x");
    server.receives("x");
  }
}

TEST_CASE("A client that ends its side still reads the answer") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.tunnel(site.authority());
  Peer server = site.accepts();
  client.sends("question");
  client.ends_sending();
  server.receives("question");
  server.sees_end();
  server.sends("answer");
  server.closes();
  client.receives("answer");
  client.sees_end();
}

TEST_CASE("A server that ends its side still reads what comes") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.tunnel(site.authority());
  Peer server = site.accepts();
  server.sends("bye");
  server.ends_sending();
  client.receives("bye");
  client.sees_end();
  client.sends("last words");
  client.closes();
  server.receives("last words");
  server.sees_end();
}

TEST_CASE("Bytes and the end that follow CONNECT at once both arrive") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("CONNECT " + site.authority() + " HTTP/1.1\r\nHost: x\r\n\r\nall there is");
  client.ends_sending();
  Peer server = site.accepts();
  server.receives("all there is");
  server.sees_end();
  server.sends("answer");
  server.closes();
  client.receives("HTTP/1.1 200 Connection Established\r\n\r\nanswer");
  client.sees_end();
}

TEST_CASE("A reset is passed on as a reset, either way") {
  Proxy proxy;
  FakeServer site;
  {
    Peer client = proxy.tunnel(site.authority());
    Peer server = site.accepts();
    client.resets();
    server.sees_reset();
  }
  Peer client = proxy.tunnel(site.authority());
  Peer server = site.accepts();
  server.resets();
  client.sees_reset();
}

TEST_CASE("A reset behind the end of one side is still a reset") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.tunnel(site.authority());
  Peer server = site.accepts();
  client.ends_sending();
  server.sees_end();
  server.sends("half an answ");
  client.receives("half an answ");
  server.resets();
  client.sees_reset();
}

TEST_CASE("Bulk goes through unchanged, both ways at the same time") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.tunnel(site.authority());
  Peer server = site.accepts();
  const std::string up = numbered(24 << 20);
  const std::string down = numbered(32 << 20);
  const auto writes = [](Peer& peer, const std::string& bytes) {
    return std::async(std::launch::async, [&peer, &bytes] {
      const bool all = peer.could_send(bytes);
      peer.ends_sending();
      return all;
    });
  };
  auto client_wrote = writes(client, up);
  auto server_wrote = writes(server, down);
  auto server_read = std::async(std::launch::async, [&server] { return server.read_to_end(); });
  const Ending at_client = client.read_to_end();
  CHECK((at_client.bytes == down));
  CHECK_FALSE(at_client.reset);
  CHECK((server_read.get().bytes == up));
  CHECK(client_wrote.get());
  CHECK(server_wrote.get());
  proxy.waits_for_log("tunnel to " + site.authority());
  const auto traffic = proxy.counters().of(rules::Route::direct);
  CHECK(traffic.bytes_up == up.size());
  CHECK(traffic.bytes_down == down.size());
  CHECK(traffic.tunnels == 1);
}

TEST_CASE("A client that does not read holds the server up instead of filling our memory") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client(4096);
  client.sends("CONNECT " + site.authority() + " HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer server = site.accepts();
  const std::string block = numbered(1 << 20);
  // The kernel's buffers hold some megabytes; the proxy's own share is bounded by the loop's buffer and a
  // pipe.
  std::string sent;
  std::size_t quiet = 0;
  while (sent.size() < (64U << 20) && quiet < 200) {
    const std::size_t put = server.stuffs(block);
    sent += block.substr(0, put);
    quiet = put == 0 ? quiet + 1 : 0;
    if (put == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(sent.size() < (32U << 20));
  server.ends_sending();
  client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  CHECK((client.read_to_end().bytes == sent));
}

TEST_CASE("A tunnel in which nothing moves is ended, sooner where one side has ended already") {
  proxy::Limits limits;
  limits.half_closed = std::chrono::milliseconds(50);
  SECTION("quiet") {
    limits.tunnel_idle = std::chrono::milliseconds(50);
    Proxy proxy({.limits = limits});
    FakeServer site;
    Peer client = proxy.tunnel(site.authority());
    Peer server = site.accepts();
    client.sees_reset();
    server.sees_reset();
    proxy.waits_for_log("ended because nothing moved");
  }
  SECTION("half closed") {
    Proxy proxy({.limits = limits});
    FakeServer site;
    Peer client = proxy.tunnel(site.authority());
    Peer server = site.accepts();
    client.ends_sending();
    server.sees_end();
    client.sees_reset();  // an end would make half an answer a whole one
    proxy.waits_for_log("ended because nothing moved");
  }
}

TEST_CASE("A busy tunnel is not taken for a quiet one") {
  proxy::Limits limits;
  limits.tunnel_idle = std::chrono::milliseconds(100);
  Proxy proxy({.limits = limits});
  FakeServer site;
  Peer client = proxy.tunnel(site.authority());
  Peer server = site.accepts();
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(400);
  while (std::chrono::steady_clock::now() < end) {
    client.sends("x");
    server.receives("x");
  }
  server.sends("still there");
  client.receives("still there");
}

TEST_CASE("CONNECT with a body is rejected, and nothing is dialed") {
  Proxy proxy;
  FakeServer site;
  for (const char* const field : {"Content-Length: 5", "Transfer-Encoding: chunked"}) {
    Peer client = proxy.client();
    client.sends("CONNECT " + site.authority() + " HTTP/1.1\r\nHost: x\r\n" + field + "\r\n\r\n");
    CHECK(client.reads_message().status == 400);
    client.sees_end();
  }
  CHECK(site.has_no_connection());
}

TEST_CASE("A client that vanishes while we dial takes the dial with it") {
  proxy::Limits limits;
  limits.dial = std::chrono::hours(1);
  Proxy proxy({.limits = limits});
  FullServer site;
  for (const char* const method : {"CONNECT ", "GET http://"}) {
    Peer client = proxy.client();
    client.sends(method + ("127.0.0.1:" + std::to_string(site.port())) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    client.resets();
    wait_until([&] { return proxy.is_empty(); });
    proxy.waits_for_log("the client has gone while its connection was opened");
  }
}

TEST_CASE("A client that has ended its side while we dial is waited for, but not for ever") {
  proxy::Limits limits;
  limits.dial = std::chrono::hours(1);
  limits.half_closed_client = std::chrono::milliseconds(1);
  Proxy proxy({.limits = limits});
  FullServer site;
  Peer client = proxy.client();
  client.sends("CONNECT 127.0.0.1:" + std::to_string(site.port()) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  client.ends_sending();
  client.sees_end();
}

}  // namespace
}  // namespace aluvia::test
