// A TCP connection on a Loop. Every operation is tried first and waits only where it would block, so a fast
// peer costs one system call per operation. One reader and one writer at a time.
#pragma once

#include "base/loop.hpp"
#include "base/sockets.hpp"

#include <cstddef>
#include <span>
#include <string_view>

#include <sys/types.h>

namespace aluvia::bench {

class Stream {
 public:
  Stream(Loop& loop, Fd socket);
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&&) = delete;
  ~Stream();

  class Receive;
  class SendAll;
  class Connected;

  // co_await: bytes received, 0 at the end of the stream, -errno on a fault.
  Receive receive(std::span<char> buffer);
  // As above, and discards the bytes: the kernel drops up to `limit` of them without copying.
  Receive discard(std::size_t limit);
  // co_await: true when every byte was handed to the kernel.
  SendAll send_all(std::string_view bytes);
  // co_await: true when the connect that is under way succeeded.
  Connected connected();

  void finish_sending();

  // For operations of other layers on the same socket: they are tried again when it is ready.
  void wait_as_reader(Operation& operation) { registration_->reader = &operation; }
  void wait_as_writer(Operation& operation) { registration_->writer = &operation; }
  const Fd& fd() const { return fd_; }

 private:
  Loop& loop_;
  Fd fd_;
  Registration* registration_;
};

class Stream::Receive final : public Operation {
 public:
  Receive(Stream& stream, char* data, std::size_t size, int flags)
      : stream_(stream), data_(data), size_(size), flags_(flags) {}
  bool attempt() override;
  bool await_ready() { return attempt(); }
  void await_suspend(std::coroutine_handle<> handle);
  ssize_t await_resume() const { return result_; }

 private:
  Stream& stream_;
  char* data_;
  std::size_t size_;
  int flags_;
  ssize_t result_ = 0;
};

class Stream::SendAll final : public Operation {
 public:
  SendAll(Stream& stream, std::string_view bytes) : stream_(stream), bytes_(bytes) {}
  bool attempt() override;
  bool await_ready() { return attempt(); }
  void await_suspend(std::coroutine_handle<> handle);
  bool await_resume() const { return bytes_.empty(); }

 private:
  Stream& stream_;
  std::string_view bytes_;
};

class Stream::Connected final : public Operation {
 public:
  explicit Connected(Stream& stream) : stream_(stream) {}
  bool attempt() override;
  bool await_ready() const { return !stream_.fd_; }
  void await_suspend(std::coroutine_handle<> handle);
  bool await_resume() const { return good_; }

 private:
  Stream& stream_;
  bool good_ = false;
};

// co_await: the next connection.
class Accept final : public Operation {
 public:
  Accept(const Fd& listener, Registration& registration) : listener_(listener), registration_(registration) {}
  bool attempt() override;
  bool await_ready() { return attempt(); }
  void await_suspend(std::coroutine_handle<> handle);
  Fd await_resume() { return std::move(accepted_); }

 private:
  const Fd& listener_;
  Registration& registration_;
  Fd accepted_;
};

}  // namespace aluvia::bench
