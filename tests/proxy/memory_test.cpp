// Tests that idle connections hold no buffer, however much went through them.
#include "heap.hpp"
#include "proxy_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

constexpr std::size_t crowd = 20;

// Bytes for each of the crowd since `before`.
std::size_t growth_since(std::size_t before) {
  const std::size_t now = heap_in_use();
  return now > before ? (now - before) / crowd : 0;
}

TEST_CASE("A kept connection holds no buffer, however large its last request was") {
  Proxy proxy;
  FakeServer site;
  const std::string request = "GET http://" + site.authority() +
                              "/ HTTP/1.1\r\nHost: x\r\nCookie: " + std::string(60'000, 'x') + "\r\n\r\n";
  std::vector<Peer> clients;
  const auto ask = [&] {
    clients.push_back(proxy.client());
    clients.back().sends(request);
    Peer server = site.accepts();
    server.reads_head();
    server.sends("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    clients.back().reads_head();
  };
  clients.reserve(crowd + 1);
  ask();
  const std::size_t before = heap_in_use();
  for (std::size_t i = 0; i < crowd; ++i) ask();
  (void)proxy.counters();  // the loop has come to rest
  CHECK(growth_since(before) < 6 * 1024);
}

TEST_CASE("A quiet tunnel holds no buffer, however much it had to keep back before") {
  Proxy proxy;
  FakeServer site;
  std::vector<Peer> ends;
  ends.reserve(2 * (crowd + 1));
  const std::string bytes = numbered(8 << 20);
  const auto strain = [&] {
    Peer client = proxy.client(4096);
    client.sends("CONNECT " + site.authority() + " HTTP/1.1\r\nHost: x\r\n\r\n");
    client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
    Peer server = site.accepts();
    // Small pieces until the client's side is full, so that nothing is bulk; then more than one read can
    // take.
    std::size_t sent = 0;
    for (std::size_t put = 1; put > 0 && sent < bytes.size() / 2; sent += put) {
      put = server.stuffs(std::string_view(bytes).substr(sent, 16'384));
      (void)proxy.counters();
    }
    sent += server.stuffs(std::string_view(bytes).substr(sent));
    for (std::size_t done = 0; done < sent;)
      done += client.reads(std::min<std::size_t>(65'536, sent - done)).size();
    ends.push_back(std::move(client));
    ends.push_back(std::move(server));
  };
  strain();
  const std::size_t before = heap_in_use();
  for (std::size_t i = 0; i < crowd; ++i) strain();
  (void)proxy.counters();
  CHECK(growth_since(before) < 3 * 1024);
}

}  // namespace
}  // namespace aluvia::test
