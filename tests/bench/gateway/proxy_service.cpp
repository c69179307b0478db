#include "gateway/proxy_service.hpp"

#include "base/small_head.hpp"

#include <array>

namespace aluvia::bench {
namespace {

constexpr std::size_t largest_head = 16 * 1024;
constexpr std::size_t block_size = 64 * 1024;
constexpr std::string_view established = "HTTP/1.1 200 Connection established\r\n\r\n";
constexpr std::string_view credentials_wanted =
    "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"bench\"\r\n"
    "Content-Length: 0\r\nConnection: close\r\n\r\n";
constexpr std::string_view no_origin =
    "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

// Both ends of one client's way; lives as long as one of its two directions.
struct Way {
  Channel client;
  Stream origin;
};

Flow move_down(Loop& loop, std::shared_ptr<Way> way) {
  const auto buffer = std::make_unique<std::array<char, block_size>>();
  for (;;) {
    const ssize_t got = co_await way->origin.receive(*buffer);
    if (got <= 0) break;
    const bool sent = co_await way->client.send_all({buffer->data(), static_cast<std::size_t>(got)});
    if (!sent) break;
    co_await loop.next_turn();
  }
  way->client.finish_sending();
}

Async<bool> move_up(Loop& loop, Way& way) {
  const auto buffer = std::make_unique<std::array<char, block_size>>();
  for (;;) {
    const ssize_t got = co_await way.client.receive(*buffer);
    if (got <= 0) co_return got == 0;
    const bool sent = co_await way.origin.send_all({buffer->data(), static_cast<std::size_t>(got)});
    if (!sent) co_return false;
    co_await loop.next_turn();
  }
}

// Everything up to the end of the first head, and what came behind it; empty when there is no head.
Async<std::string> read_head(Channel& client) {
  std::string bytes;
  std::array<char, 4096> buffer;
  while (complete_head(bytes).empty() && bytes.size() < largest_head) {
    const ssize_t got = co_await client.receive(buffer);
    if (got <= 0) co_return std::string();
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  }
  co_return bytes;
}

Fd connect_to_origin(sockaddr_in address, std::string_view target) {
  if (target.starts_with("http://")) target.remove_prefix(7);
  target = target.substr(0, target.find('/'));
  const auto colon = target.rfind(':');
  const std::string port(colon == std::string_view::npos ? "80" : target.substr(colon + 1));
  const auto parsed = parse_address("127.0.0.1:" + port);
  if (!parsed) return Fd();
  address.sin_port = parsed->sin_port;
  return start_connect(address);
}

}  // namespace

Flow serve_proxy(Loop& loop, Fd socket, SSL_CTX* context, const std::string& authorization) {
  const sockaddr_in here = local_address(socket);
  Channel client(loop, std::move(socket), context);
  if (!co_await client.handshake()) co_return;
  const std::string bytes = co_await read_head(client);
  std::string_view first = bytes;
  const std::string_view head = complete_head(bytes);
  if (head.empty()) co_return;
  if (field(head, "Proxy-Authorization") != authorization) {
    co_await client.send_all(credentials_wanted);
    co_return;
  }
  const auto way =
      std::make_shared<Way>(std::move(client), Stream(loop, connect_to_origin(here, second_word(head))));
  if (!co_await way->origin.connected()) {
    co_await way->client.send_all(no_origin);
    co_return;
  }
  if (first.starts_with("CONNECT ")) {
    first.remove_prefix(head.size());
    if (!co_await way->client.send_all(established)) co_return;
  }
  if (!co_await way->origin.send_all(first)) co_return;
  move_down(loop, way);
  co_await move_up(loop, *way);
  way->origin.finish_sending();
}

}  // namespace aluvia::bench
