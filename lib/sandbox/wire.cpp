#include "sandbox/wire.hpp"

#include <algorithm>
#include <limits>

#include <asio/experimental/awaitable_operators.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace aluvia::sandbox {

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(time);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> wait_forever() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_at(asio::steady_timer::time_point::max());
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<bool> Wire::fill() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (begin_ > 0 && buffer_.size() - end_ < block_size / 4) {
    std::copy(buffer_.data() + begin_, buffer_.data() + end_, buffer_.data());
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < block_size / 4) buffer_.resize(std::max(block_size, 2 * buffer_.size()));
  const std::span<char> space(buffer_.data() + end_, buffer_.size() - end_);
  const IoResult result = co_await stream_.read_some(space);
  end_ += result.bytes;
  co_return !result.error;
}

asio::awaitable<bool> Wire::discard_some(std::size_t limit) {
  std::size_t discarded = text().size();
  consume(discarded);
  while (discarded < limit) {
    const bool more = co_await fill();
    if (!more) co_return true;
    discarded += text().size();
    consume(text().size());
  }
  co_return false;
}

asio::awaitable<void> Wire::discard_rest() {
  co_await discard_some(std::numeric_limits<std::size_t>::max());
}

// Stops reading from a peer that keeps sending: its window closes until the time is over.
asio::awaitable<void> Wire::discard_little() {
  const bool ended = co_await discard_some(4 * block_size);
  if (!ended) co_await wait_forever();
}

asio::awaitable<void> Wire::end_gently() {
  using namespace asio::experimental::awaitable_operators;
  if (!stream_.socket().is_open()) co_return;
  co_await stream_.shutdown_send();
  co_await (discard_little() || pause(std::chrono::seconds(1)));
  stream_.close();
}

}  // namespace aluvia::sandbox
