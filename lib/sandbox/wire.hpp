// Wire: a stream, and the bytes that were read from it and not used yet. All readers of a connection take
// their bytes from here, so that pipelined requests and leftovers are never lost.
#pragma once

#include "sandbox/stream.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace aluvia::sandbox {

/// Size of one read, in bytes, and of the pieces of tunnels and bodies.
inline constexpr std::size_t block_size = 64 * 1024;

class Wire {
 public:
  explicit Wire(tcp::socket socket) : stream_(std::move(socket)) {}

  Stream& stream() noexcept { return stream_; }

  /// Valid until the next fill(). Writable because chunks are stripped in place.
  std::span<char> pending() noexcept { return {buffer_.data() + begin_, end_ - begin_}; }
  std::string_view text() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t count) noexcept { begin_ += count; }

  /// Reads more behind the pending bytes. False if the peer has ended or the connection broke.
  asio::awaitable<bool> fill();

  /// Reads and discards bytes until the peer ends.
  asio::awaitable<void> discard_rest();

  /// Ends so that the peer gets all bytes written before: half-close, then up to a second for the peer to end
  /// too. Closing at once with unread bytes would send RST, which discards the bytes that the peer has not
  /// read yet.
  asio::awaitable<void> end_gently();

 private:
  /// Returns true if the peer ended before `limit` bytes came.
  asio::awaitable<bool> discard_some(std::size_t limit);
  asio::awaitable<void> discard_little();

  Stream stream_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// Suspends the task for `time`.
asio::awaitable<void> pause(std::chrono::milliseconds time);
/// Suspends the task until it is cancelled.
asio::awaitable<void> wait_forever();

}  // namespace aluvia::sandbox
