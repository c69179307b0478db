// Serves a SOCKS5 client: reads the handshake, then opens the tunnel as for an HTTP CONNECT (RFC 1928, RFC
// 1929).
//
// One deadline bounds the whole handshake, as it bounds a request head, and the connection is closed for
// another client like one that waits for a request. A client may send all its messages at once, with the
// first bytes of the tunnel behind them: each message is answered in its turn.
#include "base/secret.hpp"
#include "proxy/connection.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::proxy {
namespace {

// Many times the longest message. What is read beyond a message stays in memory until the tunnel stands.
constexpr std::size_t longest_read = 16 * 1024;

}  // namespace

loop::Task<Connection::Next> Connection::serve_socks() {
  deadline_.set_after(services_.limits.head_time);
  slot_.wait();
  if (buffer_.front() == socks::version_4) {
    co_return co_await reject_socks(
        ProxyError(ProxyErrorKind::request_malformed, "SOCKS4 is not supported, but SOCKS5 is", 400),
        socks::version_4_rejection());
  }
  auto greeting = co_await read_socks(socks::parse_greeting);
  const std::string no_method = socks::method_message(socks::Method::none_acceptable);
  if (!greeting) co_return co_await reject_socks(std::move(greeting.error()), no_method);
  drop_front(greeting->size);
  const bool wants_credentials = services_.clients.access.wants_credentials();
  const socks::Method method = socks::choose_method(greeting->value, wants_credentials);
  if (method == socks::Method::none_acceptable) {
    if (wants_credentials) co_return co_await reject_socks_credentials(no_method);
    co_return co_await reject_socks(
        ProxyError(ProxyErrorKind::request_malformed, "no known SOCKS authentication method", 400),
        no_method);
  }
  const bool sent = co_await could_send(socks::method_message(method));
  if (!sent) co_return Next::nothing;
  if (method == socks::Method::password) co_return co_await serve_socks_credentials();
  co_return co_await serve_socks_request();
}

loop::Task<Connection::Next> Connection::serve_socks_credentials() {
  auto credentials = co_await read_socks(socks::parse_credentials);
  if (!credentials) {
    co_return co_await reject_socks(std::move(credentials.error()), socks::credentials_message(false));
  }
  const bool are_right =
      services_.clients.access.accepts(credentials->value.user, credentials->value.password);
  drop_front(credentials->size);
  if (!are_right) co_return co_await reject_socks_credentials(socks::credentials_message(false));
  const bool sent = co_await could_send(socks::credentials_message(true));
  if (!sent) co_return Next::nothing;
  co_return co_await serve_socks_request();
}

loop::Task<Connection::Next> Connection::serve_socks_request() {
  auto request = co_await read_socks(socks::parse_request);
  if (!request) {
    const socks::Reply reply = request.error() ? row_of(request.error()->kind).reply : socks::Reply{};
    co_return co_await reject_socks(std::move(request.error()), socks::reply_message(reply));
  }
  drop_front(request->size);
  deadline_.clear();
  slot_.serve();
  request_begun_ = loop::Clock::now();
  co_return co_await open_tunnel(std::move(request->value));
}

// Leaves the message at the front of the buffer.
template <class T>
loop::Task<Connection::SocksResult<T>> Connection::read_socks(socks::Parsed<T> (*parse)(std::string_view)) {
  for (;;) {
    auto parsed = parse(buffer_);
    if (!parsed) co_return Err{error_from(parsed.error())};
    if (*parsed) co_return **std::move(parsed);
    const net::IoResult got = client_.try_read(services_.loop_buffer.first(longest_read));
    if (got.status == net::IoResult::Status::moved) {
      buffer_.append(services_.loop_buffer.data(), got.bytes);
      continue;
    }
    if (got.status != net::IoResult::Status::blocked) co_return Err{std::nullopt};
    const std::error_code error = co_await client_.ready(got.want);
    if (is_closing_) co_return Err{std::nullopt};
    if (deadline_.expired()) {
      co_return Err{ProxyError(ProxyErrorKind::request_timeout, "the SOCKS handshake did not end in time")};
    }
    if (error) co_return Err{std::nullopt};
  }
}

// A message may have been a password, and goes nowhere: its bytes need not outlive it here.
void Connection::drop_front(std::size_t size) noexcept {
  std::fill_n(buffer_.begin(), size, '*');
  buffer_.erase(0, size);
}

loop::Task<bool> Connection::could_send(std::string message) {
  const std::error_code gone = co_await net::write_all(client_, message);
  co_return !gone && !is_closing_;
}

loop::MaybeTask<Connection::Next> Connection::reject_socks(std::optional<ProxyError> failure,
                                                           std::string answer) {
  if (!failure) return Next::nothing;  // the client is gone
  ++services_.counters.refused;
  report_rejection(*failure);
  return answer_and_end(std::move(answer));
}

// Where the request would have gone is not known.
loop::Task<Connection::Next> Connection::reject_socks_credentials(std::string answer) {
  ++services_.counters.unauthorized;
  report_rejection(credentials_required());
  return answer_and_end(std::move(answer));
}

}  // namespace aluvia::proxy
