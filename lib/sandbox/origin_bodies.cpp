// Handles the origin's streams: deterministic bytes in every framing, and the echo.
#include "sandbox/origin_handlers.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace aluvia::sandbox {
namespace {

constexpr std::size_t alphabet = 26;

// Whole alphabets, so that every block continues the pattern of the one before.
const std::string& pattern_block() {
  static const std::string block = [] {
    std::string out(block_size / alphabet * alphabet, '\0');
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>('a' + i % alphabet);
    return out;
  }();
  return block;
}

std::string chunk_of(std::string_view data) {
  return fmt::format("{:x}\r\n{}\r\n", data.size(), data);
}

asio::awaitable<void> send_pattern(OriginExchange& exchange, std::uint64_t left) {
  while (left > 0 && !exchange.is_broken()) {
    const auto count = std::min<std::uint64_t>(left, pattern_block().size());
    co_await exchange.send(std::string_view(pattern_block()).substr(0, static_cast<std::size_t>(count)));
    left -= count;
  }
}

asio::awaitable<void> send_sized(OriginExchange& exchange, std::string_view argument,
                                 std::string_view fields) {
  std::uint64_t count = 0;
  const bool valid = co_await read_number(exchange, argument, count);
  if (!valid) co_return;
  const std::string length = fmt::format("Content-Length: {}\r\n", count);
  co_await exchange.start(200, fields, length);
  if (exchange.wants_content()) co_await send_pattern(exchange, count);
}

constexpr std::string_view octets = "Content-Type: application/octet-stream\r\n";
constexpr std::string_view chunked = "Transfer-Encoding: chunked\r\n";

// A 1.0 client cannot read chunks: the end of the connection frames the body for it.
bool can_chunk(OriginExchange& exchange) {
  const bool can = exchange.request().head().minor > 0;
  if (!can) exchange.end_connection();
  return can;
}

}  // namespace

asio::awaitable<void> answer_bytes(OriginExchange& exchange, std::string_view argument) {
  co_await send_sized(exchange, argument, octets);
}

asio::awaitable<void> answer_download(OriginExchange& exchange, std::string_view argument) {
  co_await send_sized(exchange, argument,
                      "Content-Type: application/octet-stream\r\n"
                      "Content-Disposition: attachment; filename=\"file.bin\"\r\n");
}

asio::awaitable<void> answer_close(OriginExchange& exchange, std::string_view argument) {
  std::uint64_t count = 0;
  const bool valid = co_await read_number(exchange, argument, count);
  if (!valid) co_return;
  exchange.end_connection();
  co_await exchange.start(200, octets, {});
  if (exchange.wants_content()) co_await send_pattern(exchange, count);
}

asio::awaitable<void> answer_chunked(OriginExchange& exchange, std::string_view argument) {
  if (!can_chunk(exchange)) {
    co_await answer_close(exchange, argument);
    co_return;
  }
  std::uint64_t left = 0;
  const bool valid = co_await read_number(exchange, argument, left);
  if (!valid) co_return;
  co_await exchange.start(200, "Content-Type: application/octet-stream\r\nTrailer: X-Trailer\r\n", chunked);
  if (!exchange.wants_content()) co_return;
  while (left > 0 && !exchange.is_broken()) {
    const auto count = std::min<std::uint64_t>(left, pattern_block().size());
    const std::string chunk =
        chunk_of(std::string_view(pattern_block()).substr(0, static_cast<std::size_t>(count)));
    co_await exchange.send(chunk);
    left -= count;
  }
  co_await exchange.send("0\r\nX-Trailer: yes\r\n\r\n");
}

asio::awaitable<void> answer_echo(OriginExchange& exchange, std::string_view) {
  const bool chunks = can_chunk(exchange);
  // The response starts before the body has come, so a client that waits for 100 gets it with the first read.
  bool started = false;
  for (;;) {
    const BodyPiece piece = co_await exchange.body().next();
    if (piece.failed) {
      exchange.end_connection();
      co_return;
    }
    if (!std::exchange(started, true)) co_await exchange.start(200, octets, chunks ? chunked : "");
    if (!piece.bytes.empty() && exchange.wants_content()) {
      const std::string out = chunks ? chunk_of(piece.bytes) : std::string(piece.bytes);
      co_await exchange.send(out);
    }
    if (piece.end || exchange.is_broken()) break;
  }
  if (chunks && exchange.wants_content()) co_await exchange.send("0\r\n\r\n");
}

}  // namespace aluvia::sandbox
