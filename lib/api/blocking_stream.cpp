#include "api/blocking_stream.hpp"

#include "base/ascii.hpp"
#include "dns/resolver.hpp"
#include "net/connector.hpp"
#include "net/error.hpp"
#include "net/tls.hpp"

#include <utility>

namespace aluvia::api {
namespace {

using config::ApiError;
using config::no_response;
using Cause = ApiError::Cause;
using Status = net::IoResult::Status;

// Tells wait() that its event has come.
struct Wake final : loop::Waiter {
  void on_event(std::error_code) override { came = true; }
  bool came = false;
};

}  // namespace

std::string shown_duration(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

BlockingStream::BlockingStream(BaseUrl url, std::string ca_file, std::chrono::milliseconds step_limit)
    : url_(std::move(url)),
      ca_file_(std::move(ca_file)),
      step_limit_(step_limit),
      guard_(loop_),
      tasks_(loop_, [this](const char*, const std::string& what) { bug_ = what; }),
      limit_(loop_.get_executor(), [this] { tasks_.cancel_all(); }) {}

void BlockingStream::cancel() noexcept {
  cancelled_ = true;
  loop_.post([this] { tasks_.cancel_all(); });  // also wakes run_one()
}

// Asks the clock as well: a peer that always has bytes keeps read() from running the loop.
BlockingStream::Verdict BlockingStream::verdict() const noexcept {
  if (cancelled_) return Verdict::cancelled;
  return limit_.expired() || loop::Clock::now() >= limit_.due() ? Verdict::expired : Verdict::running;
}

void BlockingStream::close_unless_quiet() noexcept {
  if (stream_ && !stream_->is_quiet()) close();
}

Result<void, ApiError> BlockingStream::connect() {
  std::optional<Opened> opened;
  bug_ = "the call has ended";
  tasks_.spawn("connect", [](BlockingStream& self, std::optional<Opened>& result) -> loop::Task<void> {
    result = co_await self.open();
  }(*this, opened));
  while (tasks_.size() > 0) loop_.run_one();
  if (!opened) return Err{no_response(Cause::broken, "cannot connect to " + url_.shown() + ": " + bug_)};
  if (!*opened) return Err{std::move(opened->error())};
  stream_.emplace(std::move(**opened));
  return {};
}

loop::Task<BlockingStream::Opened> BlockingStream::open() {
  const std::string& host = url_.authority.host;
  const loop::TimePoint limit = loop::Clock::now() + step_limit_;
  auto resolver = dns::Resolver::create(loop_, {});
  if (!resolver)
    co_return Err{no_response(Cause::look_up, "cannot look up " + host + ": " + resolver.error())};
  auto found = co_await (*resolver)->resolve(host, limit);
  if (!found) {
    co_return Err{no_response(Cause::look_up, "cannot look up " + host + ": " + describe(found.error()))};
  }
  net::Connector connector(loop_.get_executor(), std::move(found->addresses), url_.authority.port, limit);
  co_await connector.finished();
  auto socket = connector.result();
  if (!socket) {
    co_return Err{
        no_response(Cause::connect, "cannot connect to " + url_.shown() + ": " + describe(socket.error()))};
  }
  net::Stream stream(std::move(*socket));
  if (!url_.tls) co_return std::move(stream);
  co_return co_await secure(std::move(stream));
}

// Makes the context anew for each connection: it is large with the system's certificates, and its file may
// have changed.
loop::Task<BlockingStream::Opened> BlockingStream::secure(net::Stream stream) {
  const auto context = net::TlsContext::create(ca_file_);
  if (!context) co_return Err{no_response(Cause::tls, context.error())};
  const auto secured =
      co_await context->handshake(stream, url_.authority.host, loop::Clock::now() + step_limit_);
  if (secured) co_return std::move(stream);
  const net::TlsFailure& failure = secured.error();
  if (failure.code != net::NetError::tls_certificate)
    co_return Err{no_response(Cause::tls, "cannot set up TLS with " + url_.shown() + ": " + failure.detail)};
  co_return Err{no_response(Cause::tls, "cannot verify the certificate of " + url_.shown() + ": " +
                                            failure.detail +
                                            "; check the API base URL and the API's CA file")};
}

std::string BlockingStream::describe(const std::error_code& error) const {
  if (error == std::errc::timed_out || error == net::NetError::dns_timeout)
    return "time-out after " + shown_duration(step_limit_);
  std::string text = error.message();
  if (!text.empty()) text.front() = ascii::lower(text.front());
  return text;
}

ssize_t BlockingStream::read(char* to, std::size_t size) {
  while (is_running()) {
    const net::IoResult got = stream_->try_read({to, size});
    if (got.status == Status::moved) return static_cast<ssize_t>(got.bytes);
    if (got.status != Status::blocked) return got.status == Status::ended ? 0 : -1;
    wait(got.want);
  }
  return -1;
}

ssize_t BlockingStream::write(const char* from, std::size_t size) {
  while (is_running()) {
    const net::IoResult put = stream_->try_write(std::span(from, size));
    if (put.status == Status::moved) return static_cast<ssize_t>(put.bytes);
    if (put.status != Status::blocked) return -1;
    wait(put.want);
  }
  return -1;
}

void BlockingStream::wait(loop::Want want) {
  Wake wake;
  stream_->wait(want, wake);
  while (!wake.came && is_running()) loop_.run_one();
}

}  // namespace aluvia::api
