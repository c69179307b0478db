#include "proxy/dialer.hpp"

#include "base/logger.hpp"
#include "base/secret.hpp"
#include "http/gateway_handshake.hpp"
#include "net/connector.hpp"
#include "net/deadline.hpp"
#include "net/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aluvia::proxy {
namespace {

std::string name_of(const config::GatewayEndpoint& gateway) {
  return fmt::format("the gateway {}:{}", gateway.host, gateway.port);
}

Failure refusal(const http::GatewayHandshake& handshake, const std::string& whom) {
  const int status = handshake.status();
  const std::string reason = printable(handshake.head().reason, 80);
  if (status == 407 || status == 401) {
    return {FailureKind::gateway_credentials, fmt::format("{} refused the proxy credentials", whom), status};
  }
  return {FailureKind::gateway_refused, fmt::format("{} answered {} {}", whom, status, reason), status};
}

}  // namespace

Dialer::Dialer(net::Resolver& resolver, std::optional<net::TlsContext> gateway_tls, const Limits& limits,
               net::Endpoint own, std::span<char> loop_buffer)
    : resolver_(resolver),
      gateway_tls_(std::move(gateway_tls)),
      limits_(limits),
      own_(std::move(own)),
      loop_buffer_(loop_buffer) {}

bool Dialer::is_own(const net::Address& address, std::uint16_t port) const noexcept {
  if (port != own_.port()) return false;
  if (address == own_.address() || address.is_unspecified()) return true;
  return own_.address().is_unspecified() && address.is_loopback();
}

net::Task<Dialer::DialResult> Dialer::open_tunnel(const Decision& decision,
                                                  const http::Authority& authority) {
  if (decision.route == rules::Route::direct) {
    co_return co_await connect_to(authority.host, authority.port, authority.text());
  }
  DialResult gateway = co_await connect_gateway(decision.snapshot->gateway);
  if (!gateway) co_return gateway;
  co_return co_await shake_hands(std::move(*gateway), decision, authority);
}

net::Task<Dialer::DialResult> Dialer::open_upstream(const Decision& decision,
                                                    const http::Authority& authority) {
  if (decision.route == rules::Route::direct) {
    co_return co_await connect_to(authority.host, authority.port, authority.text());
  }
  co_return co_await connect_gateway(decision.snapshot->gateway);
}

net::Task<Dialer::DialResult> Dialer::connect_to(const std::string& host, std::uint16_t port,
                                                 std::string whom) {
  const net::TimePoint deadline = net::Clock::now() + limits_.dial;
  auto addresses = co_await resolver_.resolve(host, deadline);
  if (!addresses) co_return Err{failure_from(addresses.error(), whom)};
  const auto own = [this, port](const net::Address& address) { return is_own(address, port); };
  if (std::ranges::any_of(*addresses, own)) co_return Err{failure_from(net::NetError::would_loop, whom)};
  auto socket = co_await net::connect(std::move(*addresses), port, deadline);
  if (!socket) co_return Err{failure_from(socket.error(), whom)};
  co_return Dialed(net::Stream(std::move(*socket)));
}

net::Task<Dialer::DialResult> Dialer::connect_gateway(const config::GatewayEndpoint& gateway) {
  const net::TimePoint deadline = net::Clock::now() + limits_.dial;
  DialResult dialed = co_await connect_to(gateway.host, gateway.port, name_of(gateway));
  if (!dialed || gateway.protocol == config::GatewayProtocol::http) co_return dialed;
  auto secured = co_await gateway_tls_->handshake(dialed->stream, gateway.host, deadline);
  if (!secured) {
    Failure failure = failure_from(secured.error().code, name_of(gateway));
    failure.details =
        fmt::format("TLS with {} failed: {}", name_of(gateway), printable(secured.error().detail));
    co_return Err{std::move(failure)};
  }
  co_return dialed;
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
