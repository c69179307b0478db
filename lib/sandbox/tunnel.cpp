#include "sandbox/tunnel.hpp"

#include <vector>

#include <asio/error.hpp>
#include <asio/experimental/awaitable_operators.hpp>

namespace aluvia::sandbox {

asio::awaitable<void> pump(Wire& from, Wire& to) {
  std::error_code error = co_await to.stream().write(from.text());
  from.consume(from.text().size());
  std::vector<char> block(block_size);
  while (!error) {
    const IoResult got = co_await from.stream().read_some(block);
    error = got.error;
    if (!error) error = co_await to.stream().write(std::string_view(block.data(), got.bytes));
  }
  if (error == asio::error::eof) {
    co_await to.stream().shutdown_send();
    co_return;
  }
  // After an error, closing both ends also ends the other direction.
  from.stream().close();
  to.stream().close();
}

asio::awaitable<void> run_tunnel(Wire& a, Wire& b) {
  using namespace asio::experimental::awaitable_operators;
  co_await (pump(a, b) && pump(b, a));
}

}  // namespace aluvia::sandbox
