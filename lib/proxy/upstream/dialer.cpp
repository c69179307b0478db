#include "proxy/upstream/dialer.hpp"

#include "base/logger.hpp"
#include "base/secret.hpp"
#include "http/gateway_handshake.hpp"
#include "loop/deadline.hpp"
#include "loop/event.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aluvia::proxy {
namespace {

ProxyError refusal(const http::GatewayHandshake& handshake, const std::string& whom) {
  const int status = handshake.status();
  const std::string reason = printable(handshake.head().reason, 80);
  if (status == 407 || status == 401) {
    return {ProxyErrorKind::gateway_credentials, fmt::format("{} refused the proxy credentials", whom),
            status};
  }
  return {ProxyErrorKind::gateway_refused, fmt::format("{} answered {} {}", whom, status, reason), status};
}

}  // namespace

loop::Task<Dialer::DialResult> Dialer::open_tunnel(Decision& decision, const http::Authority& authority,
                                                   const Caller& caller) {
  const loop::TimePoint begin = loop::Clock::now();
  const ClientWatch watch = watch_over(caller, authority);
  for (;;) {
    DialResult opened = co_await open_once(decision, authority, caller, begin);
    if (!opened) co_return opened;
    Decision now = gateway_.router.decide(authority);
    if (leads_the_same_way(decision, now)) co_return opened;
    decision = std::move(now);
  }
}

loop::Task<Dialer::DialResult> Dialer::open_once(Decision& decision, const http::Authority& authority,
                                                 const Caller& caller, loop::TimePoint begin) {
  if (decision.route == rules::Route::gateway) {
    return open_through_gateway(decision, authority, caller, begin);
  }
  return connect_origin(authority, begin + limits_.opening());
}

loop::Task<Dialer::DialResult> Dialer::open_upstream(const Decision& decision,
                                                     const http::Authority& authority, bool may_be_warm,
                                                     const Caller& caller) {
  if (decision.route == rules::Route::direct) {
    const ClientWatch watch = watch_over(caller, authority);
    co_return co_await connect_origin(authority, loop::TimePoint::max());
  }
  if (auto down = gateway_.circuit.refusal(loop::Clock::now())) co_return Err{std::move(*down)};
  if (may_be_warm) {
    if (auto warm = gateway_.warm.take()) co_return Dialed(std::move(*warm), true);
  }
  const ClientWatch watch = watch_over(caller, authority);
  RetryPolicy tries(limits_, loop::Clock::now());
  for (;;) {
    tries.begin_next(loop::Clock::now());
    DialResult connected = co_await connect_gateway(decision, tries);
    if (connected) co_return connected;
    co_await learn_from(connected, {});
    const bool again = co_await prepare_another(tries, connected.error(), decision, authority, caller);
    if (!again) co_return Err{tries.told(std::move(connected.error()))};
  }
}

loop::Task<Dialer::DialResult> Dialer::connect_origin(const http::Authority& authority,
                                                      loop::TimePoint latest) {
  const loop::TimePoint deadline = std::min(loop::Clock::now() + limits_.dial, latest);
  auto connected = co_await outbound_.to_origin(authority, deadline);
  if (!connected) co_return Err{std::move(connected.error())};
  co_return Dialed(std::move(*connected));
}

loop::Task<Dialer::DialResult> Dialer::connect_gateway(const Decision& decision, const RetryPolicy& tries) {
  const Limits::Time time = tries.is_last() ? limits_.dial : std::min(limits_.dial, limits_.gateway_try);
  const loop::TimePoint deadline = std::min(loop::Clock::now() + time, tries.end());
  auto connected = co_await outbound_.to_gateway(decision.snapshot->gateway, tries.count() - 1, deadline);
  if (!connected) co_return Err{std::move(connected.error())};
  co_return Dialed(std::move(*connected));
}

loop::Task<Dialer::DialResult> Dialer::open_through_gateway(Decision& decision,
                                                            const http::Authority& authority,
                                                            const Caller& caller, loop::TimePoint begin) {
  if (auto down = gateway_.circuit.refusal(loop::Clock::now())) co_return Err{std::move(*down)};
  RetryPolicy tries(limits_, begin);
  for (;;) {
    DialResult opened = co_await try_tunnel(decision, authority, tries);
    if (opened) co_return opened;
    const bool again = co_await prepare_another(tries, opened.error(), decision, authority, caller);
    if (!again) co_return Err{tries.told(std::move(opened.error()))};
    decision = gateway_.router.decide(authority);
    if (decision.route == rules::Route::direct) co_return co_await connect_origin(authority, tries.end());
  }
}

// A warm connection that has died does not count: the try is made on a new one, at once.
loop::Task<Dialer::DialResult> Dialer::try_tunnel(const Decision& decision, const http::Authority& authority,
                                                  RetryPolicy& tries) {
  const loop::TimePoint begin = loop::Clock::now();
  const loop::TimePoint end = tries.begin_next(begin);
  const loop::TimePoint deadline =
      tries.is_last() ? tries.end() : std::min(end, begin + limits_.gateway_answer);
  if (tries.count() == 1) {
    if (auto warm = gateway_.warm.take()) {
      Dialed waiting(std::move(*warm), true);
      DialResult opened = co_await shake_hands(std::move(waiting), decision, authority, deadline);
      if (opened || opened.error().kind != ProxyErrorKind::connection_terminated) {
        co_await learn_from(opened, authority.host);
        co_return opened;
      }
    }
  }
  DialResult connected = co_await connect_gateway(decision, tries);
  if (!connected) {
    co_await learn_from(connected, {});
    co_return connected;
  }
  DialResult opened = co_await shake_hands(std::move(*connected), decision, authority, deadline);
  co_await learn_from(opened, authority.host);
  co_return opened;
}

// Returns true after the pause, or where the next try is made by another decision.
loop::Task<bool> Dialer::prepare_another(RetryPolicy& tries, const ProxyError& failure,
                                         const Decision& decision, const http::Authority& authority,
                                         const Caller& caller) {
  if (remedy_for(failure) == Remedy::fresh_configuration) {
    if (!tries.may_ask_configuration(loop::Clock::now())) co_return false;
    co_return co_await gateway_.refresher.renew(decision, authority);
  }
  if (!tries.allows_another(failure, loop::Clock::now())) co_return false;
  co_await loop::pause(caller.client.executor(), tries.pause());
  co_return !gateway_.circuit.refusal(loop::Clock::now());
}

ClientWatch Dialer::watch_over(const Caller& caller, const http::Authority& authority) const {
  return ClientWatch(caller, limits_, [this, &authority] {
    logger_.debug("{}: the client has gone while its way was opened", authority.text());
  });
}

// What a task learns while it is cancelled is not the gateway's doing.
loop::Task<void> Dialer::learn_from(const DialResult& result, std::string_view authority) {
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) co_return;
  if (result || !blames_gateway(result.error())) {
    gateway_.circuit.answered();
  } else {
    gateway_.circuit.failed(result.error(), authority, loop::Clock::now());
  }
}

loop::Task<Dialer::DialResult> Dialer::shake_hands(Dialed gateway, const Decision& decision,
                                                   const http::Authority& authority,
                                                   loop::TimePoint deadline) {
  const std::string whom = name_of(decision.snapshot->gateway);
  net::Stream& stream = gateway.stream;
  loop::Deadline limit(stream.executor(), [&stream] { stream.cancel(); });
  limit.set_at(deadline);

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
        ProxyError{ProxyErrorKind::gateway_timeout, fmt::format("{} did not answer CONNECT in time", whom)}};
  }
  if (error) {
    std::string why = error == asio::error::eof ? "it closed the connection" : error.message();
    co_return Err{ProxyError{ProxyErrorKind::connection_terminated,
                             fmt::format("{} did not answer CONNECT: {}", whom, why)}};
  }
  if (progress.is_wrong()) {
    co_return Err{ProxyError{ProxyErrorKind::gateway_protocol,
                             fmt::format("{} did not answer in HTTP: {}", whom, progress.error().why)}};
  }
  if (!handshake.is_open()) co_return Err{refusal(handshake, whom)};
  gateway.leftover = answer.substr(progress.consumed());
  co_return std::move(gateway);
}

}  // namespace aluvia::proxy
