#include "origin/services.hpp"

#include <array>
#include <string>

namespace aluvia::bench {
namespace {

constexpr std::size_t block_size = 256 * 1024;
const std::string block(block_size, 's');

// The half of serve_source_and_sink that shares the stream with the other half; the last one closes.
Flow send_on(Loop& loop, std::shared_ptr<Stream> stream) {
  for (;;) {
    const bool sent = co_await stream->send_all(block);
    if (!sent) co_return;
    co_await loop.next_turn();
  }
}

}  // namespace

Flow serve_echo(Loop& loop, Fd socket) {
  Stream stream(loop, std::move(socket));
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = co_await stream.receive(buffer);
    if (got <= 0) co_return;
    if (!co_await stream.send_all({buffer.data(), static_cast<std::size_t>(got)})) co_return;
  }
}

Flow serve_source(Loop& loop, Fd socket) {
  Stream stream(loop, std::move(socket));
  for (;;) {
    if (!co_await stream.send_all(block)) co_return;
    co_await loop.next_turn();
  }
}

Flow serve_sink(Loop& loop, Fd socket) {
  Stream stream(loop, std::move(socket));
  for (;;) {
    if (co_await stream.discard(block_size) <= 0) co_return;
    co_await loop.next_turn();
  }
}

Flow serve_source_and_sink(Loop& loop, Fd socket) {
  const auto stream = std::make_shared<Stream>(loop, std::move(socket));
  send_on(loop, stream);
  for (;;) {
    if (co_await stream->discard(block_size) <= 0) co_return;
    co_await loop.next_turn();
  }
}

}  // namespace aluvia::bench
