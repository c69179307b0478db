// BlockingStream: the connection to the API, for a caller that blocks. Every operation runs an event loop of
// its own until it is done, the time of the call is over, or another thread cancels.
//
// It cannot go: cpp-httplib gives every address of a name the whole time-out, does not tell the reasons of a
// failure apart, limits the time of steps only, so that a peer that sends a byte at a time is never too slow,
// and cannot be interrupted while it connects. The parts below it are those of the data plane: dns::Resolver,
// net::Connector, net::TlsContext, net::Stream.
#pragma once

#include "api/base_url.hpp"
#include "config/api_error.hpp"
#include "loop/deadline.hpp"
#include "loop/task_group.hpp"
#include "net/stream.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include <sys/types.h>

namespace aluvia::api {

/// One thread at a time, except cancel() and verdict().
class BlockingStream {
 public:
  enum class Verdict { running, expired, cancelled };

  /// `ca_file` as for net::TlsContext. `step_limit` is for look-up and connect together, over all addresses,
  /// and once more for the TLS handshake. Throws std::system_error if the process has no descriptor left for
  /// the loop.
  BlockingStream(BaseUrl url, std::string ca_file, std::chrono::milliseconds step_limit);

  /// Limits the time of everything until end_call().
  void begin_call(std::chrono::milliseconds limit) { limit_.set_at(loop::Clock::now() + limit); }
  void end_call() noexcept { limit_.clear(); }
  /// Ends this call and every later one. Any thread; does not block.
  void cancel() noexcept;
  Verdict verdict() const noexcept;
  bool is_running() const noexcept { return verdict() == Verdict::running; }

  bool is_open() const noexcept { return stream_.has_value(); }
  /// Closes a connection that has ended, or on which bytes have come that no request asked for.
  void close_unless_quiet() noexcept;
  void close() noexcept { stream_.reset(); }

  Result<void, config::ApiError> connect();
  /// Reads up to `size` bytes: 0 at the peer's orderly end; negative on an error, after a TLS connection that
  /// was cut, and once the verdict is not `running`.
  ssize_t read(char* to, std::size_t size);
  /// Writes up to `size` bytes; negative as in read().
  ssize_t write(const char* from, std::size_t size);

 private:
  using Opened = Result<net::Stream, config::ApiError>;

  loop::Task<Opened> open();
  loop::Task<Opened> secure(net::Stream stream);
  void wait(loop::Want want);
  std::string describe(const std::error_code& error) const;

  const BaseUrl url_;
  const std::string ca_file_;
  const std::chrono::milliseconds step_limit_;
  loop::Loop loop_;          // runs only inside connect(), read() and write()
  loop::KeepRunning guard_;  // run_one() waits instead of running dry
  loop::TaskGroup tasks_;    // connect()
  loop::Deadline limit_;     // of the call
  std::atomic<bool> cancelled_{false};
  std::string bug_;  // text of an exception in connect()
  std::optional<net::Stream> stream_;
};

/// "5 s", "200 ms".
std::string shown_duration(std::chrono::milliseconds duration);

}  // namespace aluvia::api
