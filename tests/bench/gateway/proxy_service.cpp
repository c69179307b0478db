#include "gateway/proxy_service.hpp"

#include "base/small_head.hpp"

#include <array>

#include <fmt/format.h>

namespace aluvia::bench {
namespace {

constexpr std::size_t largest_head = 16 * 1024;
constexpr std::size_t block_size = 64 * 1024;
constexpr std::string_view established = "HTTP/1.1 200 Connection established\r\n\r\n";
constexpr std::string_view credentials_wanted =
    "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"bench\"\r\n"
    "Content-Length: 0\r\n\r\n";
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

// Adds to `bytes` up to the end of the first head, and what came behind it; false when there is no head.
Async<bool> read_head(Channel& client, std::string& bytes) {
  std::array<char, 4096> buffer;
  while (complete_head(bytes).empty() && bytes.size() < largest_head) {
    const ssize_t got = co_await client.receive(buffer);
    if (got <= 0) co_return false;
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  }
  co_return !complete_head(bytes).empty();
}

std::string counts_response(const GatewayCounts& counts) {
  const std::string body = fmt::format("{{\"connections\":{},\"connects\":{},\"challenges\":{}}}",
                                       counts.connections, counts.connects, counts.challenges);
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", body.size(),
                     body);
}

// Reads requests up to the first one with credentials and leaves it in `bytes`; false when there is none. A
// browser learns by a 407 that credentials are wanted, and repeats its request on the same connection.
Async<bool> read_authorized(Channel& client, std::string& bytes, const std::string& authorization,
                            GatewayCounts& counts) {
  bool is_counted = false;
  for (;;) {
    const bool complete = co_await read_head(client, bytes);
    if (!complete) co_return false;
    const std::string_view head = complete_head(bytes);
    if (head.starts_with("GET /counts ")) {
      co_await client.send_all(counts_response(counts));
      co_return false;
    }
    counts.connections += is_counted ? 0 : 1;
    is_counted = true;
    if (field(head, "Proxy-Authorization") == authorization) co_return true;
    ++counts.challenges;
    const bool sent = co_await client.send_all(credentials_wanted);
    if (!sent || content_length(head).value_or(0) != 0) co_return false;
    bytes.erase(0, head.size());
  }
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

Flow serve_proxy(Loop& loop, Fd socket, SSL_CTX* context, const std::string& authorization,
                 GatewayCounts& counts) {
  const sockaddr_in here = local_address(socket);
  Channel client(loop, std::move(socket), context);
  if (!co_await client.handshake()) co_return;
  std::string bytes;
  if (!co_await read_authorized(client, bytes, authorization, counts)) co_return;
  std::string_view first = bytes;
  const std::string_view head = complete_head(bytes);
  const bool is_connect = first.starts_with("CONNECT ");
  counts.connects += is_connect ? 1 : 0;
  const auto way =
      std::make_shared<Way>(std::move(client), Stream(loop, connect_to_origin(here, second_word(head))));
  if (!co_await way->origin.connected()) {
    co_await way->client.send_all(no_origin);
    co_return;
  }
  if (is_connect) {
    first.remove_prefix(head.size());
    if (!co_await way->client.send_all(established)) co_return;
  }
  if (!co_await way->origin.send_all(first)) co_return;
  move_down(loop, way);
  co_await move_up(loop, *way);
  way->origin.finish_sending();
}

}  // namespace aluvia::bench
