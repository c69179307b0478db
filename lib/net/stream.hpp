// A connected byte stream, plain TCP or TLS, moved by reactor: try, and wait only when the try says so.
// Nothing is buffered here while a stream is idle, and both kinds are used alike.
#pragma once

#include "loop/task.hpp"
#include "net/socket.hpp"
#include "net/wire_count.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>

struct ssl_st;

namespace aluvia::net {

enum class PeerState {
  open,
  half_closed,  ///< has ended its side, orderly
  gone,         ///< reset, or ended both
};

/// Result of an attempt to move bytes.
struct IoResult {
  enum class Status { moved, ended, blocked, failed };
  Status status = Status::moved;
  std::size_t bytes = 0;               ///< moved
  loop::Want want = loop::Want::read;  ///< blocked: what to wait for before the next try
  std::error_code error{};             ///< failed
};

struct SslDeleter {
  void operator()(ssl_st* ssl) const noexcept;
};
using SslHandle = std::unique_ptr<ssl_st, SslDeleter>;

/// Owns its socket; closing is destruction. Loop thread only. Movable while no task waits in ready().
class Stream {
 public:
  explicit Stream(Socket socket) noexcept : socket_(std::move(socket)) {}

  /// Reads what is there, at most `into.size()` bytes. `ended` is the peer's orderly end. Wait only after
  /// `blocked`: TLS may hold bytes that the descriptor knows nothing of.
  IoResult try_read(std::span<char> into) noexcept;
  /// Writes as much as fits: moved, blocked or failed. TLS: after `blocked` the next try must offer the same
  /// bytes again (more may follow).
  IoResult try_write(std::span<const char> from) noexcept;
  /// Writes two pieces with one system call where the stream is plain.
  IoResult try_write(std::string_view first, std::string_view second) noexcept;

  /// Passes our end on: the peer reads to its end, we may still read (TLS: close_notify first).
  void shutdown_send() noexcept;
  /// Makes the destruction of this stream a reset (RST), so that the peer cannot take a cut message for a
  /// whole one.
  void reset_on_close() noexcept;

  /// Waits until the next try is worth while; cancel() ends it with operation_aborted.
  loop::Wait ready(loop::Want want) noexcept { return socket_.ready(want); }
  /// The same wait for a Waiter that is not a task.
  void wait(loop::Want want, loop::Waiter& waiter) { socket_.wait(want, waiter); }
  void cancel() { socket_.cancel(); }

  /// Returns true if nothing has arrived and the peer is connected, as an idle kept connection must be.
  bool is_quiet() noexcept;
  /// The same without a system call if the reactor has asked the kernel since `asked`, which is its count
  /// when the stream became idle. Everything that arrived before the events of this turn were read is known
  /// then, so also what came before the request that wants the stream.
  bool is_quiet_since(std::uint64_t asked) noexcept;

  /// Returns true if the peer has ended its side, or more, and no bytes wait in front of its end. Plain
  /// streams only.
  bool has_ended() noexcept;

  /// Returns the state of the peer without reading; bytes may still be waiting in front of its end.
  PeerState peer_state() noexcept;
  /// Returns true after a reset, until a read or write has returned that error.
  bool was_reset() noexcept;

  /// Counts what is read and written from now on; `count` must outlive the stream or the next call. Null:
  /// nothing is counted, as at first.
  void count_in(WireCount* count) noexcept { count_ = count; }
  /// Counts, as read, the bytes that have arrived and will never be read: they have been paid for. Plain
  /// streams only, at the end of a request that was cut.
  void count_unread() noexcept;
  /// Returns how many of `wanted` bytes the count's WireAllowance lets pass now, and bounds what may wait
  /// unread in the kernel; 0: none, from now on. try_read() and try_write() ask by themselves.
  std::size_t allowed(std::size_t wanted) noexcept {
    if (!count_ || !count_->allowance) [[likely]]
      return wanted;
    return ask_allowance(wanted);
  }
  /// Bytes that were moved past try_read() and try_write().
  void note_spliced(loop::Want want, std::size_t bytes) noexcept;

  bool is_tls() const noexcept { return ssl_ != nullptr; }
  void adopt_tls(SslHandle ssl) noexcept { ssl_ = std::move(ssl); }
  ssl_st* tls() noexcept { return ssl_.get(); }
  int native_handle() noexcept { return socket_.native_handle(); }
  loop::Executor executor() const noexcept { return socket_.get_executor(); }
  loop::Reactor& reactor() const noexcept { return socket_.reactor(); }

 private:
  IoResult noted(IoResult result, std::size_t space) noexcept;
  std::size_t ask_allowance(std::size_t wanted) noexcept;

  Socket socket_;
  SslHandle ssl_;
  WireCount* count_ = nullptr;
};

/// Writes everything, at once where the socket takes it. The error is the stream's, or operation_aborted
/// after cancel(). The bytes must stay until the end.
loop::MaybeTask<std::error_code> write_all(Stream& stream, std::string_view first,
                                           std::string_view second = {});

}  // namespace aluvia::net
