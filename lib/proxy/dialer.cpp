#include "proxy/dialer.hpp"

#include "base/logger.hpp"
#include "base/secret.hpp"
#include "http/gateway_handshake.hpp"
#include "net/deadline.hpp"

#include <fmt/format.h>

namespace aluvia::proxy {
namespace {

Failure refusal(const http::GatewayHandshake& handshake, const std::string& whom) {
  const int status = handshake.status();
  const std::string reason = printable(handshake.head().reason, 80);
  if (status == 407 || status == 401) {
    return {FailureKind::gateway_credentials, fmt::format("{} refused the proxy credentials", whom), status};
  }
  return {FailureKind::gateway_refused, fmt::format("{} answered {} {}", whom, status, reason), status};
}

}  // namespace

net::Task<Dialer::DialResult> Dialer::open_tunnel(const Decision& decision,
                                                  const http::Authority& authority) {
  if (decision.route == rules::Route::direct) co_return co_await connect_origin(authority);
  co_return co_await open_through_gateway(decision, authority);
}

net::Task<Dialer::DialResult> Dialer::open_upstream(const Decision& decision,
                                                    const http::Authority& authority, bool may_be_warm) {
  if (decision.route == rules::Route::direct) co_return co_await connect_origin(authority);
  if (may_be_warm) {
    if (auto warm = warm_.take()) co_return Dialed(std::move(*warm), true);
  }
  co_return co_await connect_gateway(decision);
}

net::Task<Dialer::DialResult> Dialer::connect_origin(const http::Authority& authority) {
  auto connected = co_await outbound_.to_origin(authority, net::Clock::now() + limits_.dial);
  if (!connected) co_return Err{std::move(connected.error())};
  co_return Dialed(std::move(*connected));
}

net::Task<Dialer::DialResult> Dialer::connect_gateway(const Decision& decision) {
  auto connected =
      co_await outbound_.to_gateway(decision.snapshot->gateway, 0, net::Clock::now() + limits_.dial);
  if (!connected) co_return Err{std::move(connected.error())};
  co_return Dialed(std::move(*connected));
}

net::Task<Dialer::DialResult> Dialer::open_through_gateway(const Decision& decision,
                                                           const http::Authority& authority) {
  if (auto warm = warm_.take()) {
    Dialed waiting(std::move(*warm), true);
    DialResult opened = co_await shake_hands(std::move(waiting), decision, authority);
    if (opened || opened.error().kind != FailureKind::connection_terminated) co_return opened;
  }
  DialResult connected = co_await connect_gateway(decision);
  if (!connected) co_return connected;
  co_return co_await shake_hands(std::move(*connected), decision, authority);
}

net::Task<Dialer::DialResult> Dialer::shake_hands(Dialed gateway, const Decision& decision,
                                                  const http::Authority& authority) {
  const std::string whom = name_of(decision.snapshot->gateway);
  net::Stream& stream = gateway.stream;
  net::Deadline limit(stream.executor(), [&stream] { stream.cancel(); });
  limit.set_after(limits_.gateway_answer);

  const Secret request(
      http::GatewayHandshake::request(authority, decision.snapshot->gateway_authorization.reveal()));
  std::error_code error = co_await net::write_all(stream, request.reveal());

  http::GatewayHandshake handshake;
  std::string answer;
  http::Progress progress = http::Progress::need_more();
  while (!error && progress.needs_more()) {
    const net::IoResult got = stream.try_read(loop_buffer_);
    if (got.status == net::IoResult::Status::moved) {
      answer.append(loop_buffer_.data(), got.bytes);
      progress = handshake.read(answer);
    } else if (got.status == net::IoResult::Status::blocked) {
      error = co_await stream.ready(got.want);
    } else {
      error = got.status == net::IoResult::Status::failed ? got.error
                                                          : asio::error::make_error_code(asio::error::eof);
    }
  }
  if (limit.expired()) {
    co_return Err{
        Failure{FailureKind::gateway_timeout, fmt::format("{} did not answer CONNECT in time", whom)}};
  }
  if (error) {
    std::string why = error == asio::error::eof ? "it closed the connection" : error.message();
    co_return Err{
        Failure{FailureKind::connection_terminated, fmt::format("{} did not answer CONNECT: {}", whom, why)}};
  }
  if (progress.is_wrong()) {
    co_return Err{Failure{FailureKind::gateway_protocol,
                          fmt::format("{} did not answer in HTTP: {}", whom, progress.fault().why)}};
  }
  if (!handshake.is_open()) co_return Err{refusal(handshake, whom)};
  gateway.leftover = answer.substr(progress.consumed());
  co_return std::move(gateway);
}

}  // namespace aluvia::proxy
