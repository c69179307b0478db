// Clients that use the proxy up before they have sent a request, let alone credentials, and what others see
// of it.
#include "heap.hpp"
#include "proxy_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

using Peers = std::vector<Peer>;

constexpr std::size_t kib = 1024;

ProxySettings with_page(proxy::Limits limits) {
  ProxySettings settings;
  settings.limits = limits;
  settings.local_answers = [](const proxy::LocalRequest&, const auto& done) {
    done({"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nup"});
  };
  return settings;
}

proxy::Limits connections(std::size_t most) {
  proxy::Limits limits;
  limits.connections = most;
  return limits;
}

std::string get(const std::string& authority, const std::string& fields = {}) {
  return "GET http://" + authority + "/ HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

void knows(Proxy& proxy, std::size_t clients) {
  wait_until([&] { return proxy.counters().connections == clients; });
  proxy.on_loop([] {});
}

Peers silent_clients(Proxy& proxy, std::size_t count, const std::string& first_bytes = {}) {
  Peers clients;
  const std::size_t before = proxy.counters().connections;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(proxy.client());
    if (!first_bytes.empty()) clients.back().sends(first_bytes);
    knows(proxy, before + i + 1);
  }
  return clients;
}

void expect_page(Proxy& proxy) {
  Peer client = proxy.client();
  client.sends("GET /livez HTTP/1.1\r\nHost: " + proxy.authority() + "\r\n\r\n");
  client.receives("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nup");
}

void expect_rejection(Peer& client, const char* error) {
  const Message answer = client.reads_message();
  INFO(answer.head);
  CHECK(answer.status == 503);
  CHECK(answer.head.find("Proxy-Status: aluvia-connect; error=" + std::string(error) + "; details=\"") !=
        std::string::npos);
}

// ---- connections

TEST_CASE("Silent connections up to the limit lock no client out: the one that waits longest is closed") {
  Proxy proxy(with_page(connections(20)));
  Peers silent = silent_clients(proxy, 20);
  expect_page(proxy);
  expect_rejection(silent.front(), "connection_limit_reached");
  silent.front().sees_end();
  for (std::size_t i = 1; i < silent.size(); ++i) CHECK(silent[i].has_nothing_to_read());
  silent.back().sends("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(silent.back().reads_message().status == 200);
}

TEST_CASE("Clients that have sent one byte lock no client out either, and hear why they are closed") {
  Proxy proxy(with_page(connections(20)));
  Peers slow = silent_clients(proxy, 20, "G");
  expect_page(proxy);
  expect_rejection(slow.front(), "connection_limit_reached");
  slow.front().sees_end();
  slow.back().sends("ET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(slow.back().reads_message().status == 200);
}

TEST_CASE("A kept connection that waits is closed for a new client, tunnels and running requests never are") {
  Proxy proxy({.limits = connections(3)});
  FakeServer site;
  Peer tunnel = proxy.tunnel(site.authority());
  Peer tunnel_server = site.accepts();
  Peer busy = proxy.client();
  busy.sends(get(site.authority()));
  Peer busy_server = site.accepts();
  busy_server.reads_head();
  Peer kept = proxy.client();
  kept.sends(get(site.authority()));
  Peer kept_server = site.accepts();
  kept_server.reads_head();
  kept_server.sends("HTTP/1.1 204 No Content\r\n\r\n");
  kept.receives("HTTP/1.1 204 No Content\r\n\r\n");
  proxy.on_loop([] {});

  Peer fourth = proxy.client();
  fourth.sends("CONNECT " + site.authority() + " HTTP/1.1\r\nHost: x\r\n\r\n");
  fourth.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  kept.sees_end();
  Peer fifth = proxy.client();
  expect_rejection(fifth, "connection_limit_reached");
  tunnel.sends("still");
  tunnel_server.receives("still");
  busy_server.sends("HTTP/1.1 204 No Content\r\n\r\n");
  busy.receives("HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_CASE("A request that has just arrived is served, though its connection is the one that waits longest") {
  Proxy proxy(with_page(connections(2)));
  Peers silent = silent_clients(proxy, 2);
  Peer third{-1};
  {
    const auto hold = proxy.hold();
    third = proxy.client();
    third.sends("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
    silent.front().sends("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  CHECK(silent.front().reads_message().status == 200);
  CHECK(third.reads_message().status == 200);
  expect_rejection(silent.back(), "connection_limit_reached");
}

TEST_CASE("A client that has its answer and stays without a word makes way too") {
  Proxy proxy(with_page(connections(1)));
  Peer answered = proxy.client();
  answered.sends("nonsense\r\n\r\n");
  CHECK(answered.reads_message().status == 400);
  expect_page(proxy);
}

// ---- memory for heads

proxy::Limits head_memory(std::size_t bytes) {
  proxy::Limits limits;
  limits.head_memory = bytes;
  return limits;
}

TEST_CASE("Unfinished heads take no more memory together than they may, and small ones go on") {
  Proxy proxy(with_page(head_memory(512 * kib)));
  Peer healthy = proxy.client();
  healthy.sends("GET /livez HTTP/1.1\r\nHost");
  knows(proxy, 1);
  const std::string part = "GET http://a.test/ HTTP/1.1\r\nHost: x\r\nCookie: " + std::string(60'000, 'x');
  Peers clients;
  for (int i = 0; i < 40; ++i) clients.push_back(proxy.client());
  knows(proxy, 41);
  const std::size_t before = heap_in_use();
  for (Peer& client : clients) client.sends(part);
  // 32 of 60,000 bytes are rejected, for eight fit, and the rest of each is read.
  wait_until([&] { return proxy.counters().refused >= 32; });
  const std::size_t after = heap_in_use();
  CHECK(after - std::min(before, after) < (512 + 64) * kib);
  std::size_t rejected = 0;
  for (Peer& client : clients) {
    if (client.has_nothing_to_read()) continue;
    expect_rejection(client, "proxy_internal_response");
    client.sees_end();
    ++rejected;
  }
  CHECK(rejected == proxy.counters().refused);
  healthy.sends(": x\r\n\r\n");
  CHECK(healthy.reads_message().status == 200);
}

TEST_CASE("Heads that are held open give their memory to new ones") {
  proxy::Limits limits = head_memory(64 * kib);
  limits.fresh_client = proxy::Limits::Time::zero();  // all that are there have been for long
  Proxy proxy(with_page(limits));
  Peers held;
  for (int i = 0; i < 12; ++i) {
    held.push_back(proxy.client());
    held.back().sends("GET /livez HTTP/1.1\r\nHost: x\r\nX: " + std::string(5000, 'x'));
    knows(proxy, static_cast<std::size_t>(i) + 1);
  }
  Peer fresh = proxy.client();
  fresh.sends("GET /livez HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'x'));
  wait_until([&] { return proxy.counters().refused > 0; });
  expect_rejection(held.front(), "proxy_internal_response");
  fresh.sends("\r\n\r\n");
  CHECK(fresh.reads_message().status == 200);
}

TEST_CASE("A rejected client costs no buffer while it is waited for, whatever it has sent") {
  Proxy proxy;
  const std::string flood = "nonsense\r\n\r\n" + std::string(100'000, 'x');
  Peers clients;
  const auto floods = [&] {
    clients.push_back(proxy.client());
    clients.back().stuffs(flood);
    CHECK(clients.back().reads_message().status == 400);
  };
  floods();
  const std::size_t before = heap_in_use();
  for (int i = 0; i < 20; ++i) floods();
  CHECK(heap_in_use() - before < 20 * 8 * kib);
}

// ---- heads without credentials

// base64 of "agent:open:sesame"
const std::string right = "Proxy-Authorization: Basic YWdlbnQ6b3BlbjpzZXNhbWU=\r\n";
const std::string wrong = "Proxy-Authorization: Basic YWdlbnQ6b3BlbjpzZXNhbWX=\r\n";

ProxySettings guarded(proxy::Limits limits = {}) {
  ProxySettings settings = with_page(limits);
  settings.admission.proxy_auth = Secret("agent:open:sesame");
  return settings;
}

std::string cookies(std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += "Cookie: " + std::string(3000, 'c') + "\r\n";
  return out;
}

void sends_in_pieces(Proxy& proxy, Peer& client, std::string_view bytes, std::size_t piece) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    client.sends(bytes.substr(0, piece));
    proxy.on_loop([] {});
  }
}

TEST_CASE("Credentials count wherever they stand in a head, also behind large cookies, and in pieces") {
  const auto size = GENERATE(as<std::size_t>(), 15'000, 16'300, 17'000, 40'000, 60'000);
  const auto piece = GENERATE(as<std::size_t>(), 1'000'000, 16'384, 5000, 999);
  CAPTURE(size, piece);
  Proxy proxy(guarded());
  FakeServer site;
  const std::string large = cookies(size);
  Peer client = proxy.client();
  sends_in_pieces(proxy, client, get(site.authority(), large + right), piece);
  Peer server = site.accepts();
  CHECK(server.reads_head() == "GET / HTTP/1.1\r\nHost: " + site.authority() + "\r\n" + large + "\r\n");
  server.sends("HTTP/1.1 204 No Content\r\n\r\n");
  client.receives("HTTP/1.1 204 No Content\r\n\r\n");

  // The same connection again, with a body, and with the credentials in front.
  sends_in_pieces(proxy, client,
                  "POST http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n" + right + large +
                      "Content-Length: 20000\r\n\r\n" + numbered(20'000),
                  piece);
  server.reads_head();
  server.receives(numbered(20'000));
}

TEST_CASE("A client with large cookies and no credentials, or wrong ones, gets its 407 and may try again") {
  Proxy proxy(guarded());
  FakeServer site;
  Peer client = proxy.client();
  const std::string large = cookies(40'000);
  for (const std::string& fields : {large, large + wrong, wrong + large, large + right + right}) {
    sends_in_pieces(proxy, client, get(site.authority(), fields), 10'000);
    const Message answer = client.reads_message();
    CHECK(answer.status == 407);
    CHECK(answer.field("Connection") == "keep-alive");
  }
  client.sends("CONNECT " + site.authority() + " HTTP/1.1\r\nHost: x\r\n" + large + right + "\r\n");
  client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
}

TEST_CASE("A head without credentials keeps sixteen KiB, and a few may keep more") {
  proxy::Limits limits = head_memory(64 << 20);
  limits.unproven_share = 64;  // one MiB
  Proxy proxy(guarded(limits));
  const std::string part = "GET http://a.test/ HTTP/1.1\r\nHost: x\r\n" + cookies(60'000);
  Peers clients;
  for (int i = 0; i < 100; ++i) clients.push_back(proxy.client());
  knows(proxy, 100);
  const std::size_t before = heap_in_use();
  for (Peer& client : clients) client.sends(part);
  for (Peer& client : clients) wait_until([&] { return client.has_been_read(); });
  proxy.on_loop([] {});
  const std::size_t after = heap_in_use();
  CHECK(after - std::min(before, after) < 1024 * kib + 100 * 20 * kib);
  for (Peer& client : clients) {
    client.sends("\r\n");
    CHECK(client.reads_message().status == 407);
  }
}

// Limits under which any head of more than a KiB without credentials is read without being kept.
proxy::Limits keeping_nothing() {
  proxy::Limits limits;
  limits.unproven_head = 1024;
  limits.unproven_share = limits.head_memory;
  return limits;
}

TEST_CASE("A head that is not kept gets the answer that it deserves") {
  Proxy proxy(guarded(keeping_nothing()));
  const std::string large = cookies(20'000);
  const auto answer_to = [&](const std::string& fields) {
    Peer client = proxy.client();
    sends_in_pieces(proxy, client, get("a.test", fields), 7000);
    Message answer = client.reads_message();
    client.sees_end();
    return answer;
  };
  for (const std::string& fields : {large, large + wrong, large + right + right}) {
    const Message answer = answer_to(fields);
    CHECK(answer.status == 407);
    CHECK(answer.field("Proxy-Authenticate") == "Basic realm=\"aluvia-connect\"");
    CHECK(answer.field("Connection") == "close");
  }
  const Message served = answer_to(large + right);
  CHECK(served.status == 503);
  CHECK(served.head.find("error=proxy_internal_response; details=\"the credentials stand behind") !=
        std::string::npos);
  CHECK(answer_to(cookies(70'000)).status == 431);

  FakeServer site;
  Peer client = proxy.client();
  client.sends(get(site.authority(), right + large));
  CHECK(site.accepts().reads_head().starts_with("GET / HTTP/1.1\r\n"));
}

TEST_CASE("A head that is not kept and does not end gets 408") {
  proxy::Limits limits = keeping_nothing();
  limits.head_time = std::chrono::milliseconds(100);
  Proxy proxy(guarded(limits));
  Peer client = proxy.client();
  client.sends("GET http://a.test/ HTTP/1.1\r\n" + cookies(20'000));
  CHECK(client.reads_message().status == 408);
}

}  // namespace
}  // namespace aluvia::test
