#include "load/proxy_dial.hpp"

#include "base/small_head.hpp"

#include <array>

#include <fmt/format.h>

namespace aluvia::bench {

Async<ssize_t> open_tunnel(Job& job, Stream& stream) {
  if (!co_await stream.connected()) co_return -1;
  if (!job.by_connect) co_return 0;
  const std::string request =
      fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n{1}\r\n", job.target, job.proxy_authorization);
  if (!co_await stream.send_all(request)) co_return -1;
  std::array<char, 4096> buffer;
  std::size_t filled = 0;
  for (;;) {
    const ssize_t got = co_await stream.receive(std::span(buffer).subspan(filled));
    if (got <= 0) co_return -1;
    filled += static_cast<std::size_t>(got);
    const std::string_view head = complete_head({buffer.data(), filled});
    if (head.empty()) continue;
    co_return second_word(head) == "200" ? static_cast<ssize_t>(filled - head.size()) : -1;
  }
}

}  // namespace aluvia::bench
