#include "base/small_head.hpp"
#include "origin/services.hpp"

#include <array>
#include <charconv>
#include <string>

#include <fmt/format.h>

namespace aluvia::bench {
namespace {

constexpr std::size_t block_size = 256 * 1024;
const std::string block(block_size, 'w');

struct Request {
  std::size_t body = 0;
  std::size_t answer = 0;
  bool close = false;
};

// N of "/bytes/N", whatever stands before it: the target may be in absolute form.
std::size_t wanted_bytes(std::string_view target) {
  const auto at = target.find("/bytes/");
  std::size_t bytes = 0;
  if (at != std::string_view::npos)
    std::from_chars(target.data() + at + 7, target.data() + target.size(), bytes);
  return bytes;
}

Request read_request(std::string_view head) {
  Request request;
  request.body = content_length(head).value_or(0);
  request.answer = wanted_bytes(second_word(head));
  request.close = field(head, "Connection") == "close";
  return request;
}

Async<bool> drop(Loop& loop, Stream& stream, std::size_t bytes) {
  while (bytes > 0) {
    const ssize_t got = co_await stream.discard(std::min(bytes, block_size));
    if (got <= 0) co_return false;
    bytes -= static_cast<std::size_t>(got);
    if (bytes > 0) co_await loop.next_turn();
  }
  co_return true;
}

Async<bool> answer(Loop& loop, Stream& stream, const Request& request) {
  std::string first =
      fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n{}\r\n",
                  request.answer, request.close ? "Connection: close\r\n" : "");
  std::size_t left = request.answer;
  const std::size_t beside_head = std::min<std::size_t>(left, 16 * 1024);
  first.append(block, 0, beside_head);
  left -= beside_head;
  if (!co_await stream.send_all(first)) co_return false;
  while (left > 0) {
    const std::size_t part = std::min(left, block_size);
    if (!co_await stream.send_all(std::string_view(block).substr(0, part))) co_return false;
    left -= part;
    if (left > 0) co_await loop.next_turn();
  }
  co_return true;
}

}  // namespace

Flow serve_web(Loop& loop, Fd socket) {
  Stream stream(loop, std::move(socket));
  std::array<char, 8192> buffer;
  std::size_t filled = 0;
  for (;;) {
    std::string_view head = complete_head({buffer.data(), filled});
    while (head.empty()) {
      const ssize_t got = co_await stream.receive(std::span(buffer).subspan(filled));
      if (got <= 0) co_return;
      filled += static_cast<std::size_t>(got);
      head = complete_head({buffer.data(), filled});
    }
    const Request request = read_request(head);
    const std::size_t here = std::min(request.body, filled - head.size());
    const std::size_t used = head.size() + here;
    std::copy(buffer.data() + used, buffer.data() + filled, buffer.data());
    filled -= used;
    if (!co_await drop(loop, stream, request.body - here)) co_return;
    if (!co_await answer(loop, stream, request)) co_return;
    if (request.close) co_return;
  }
}

}  // namespace aluvia::bench
