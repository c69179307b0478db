#include "proxy/upstream/dialer.hpp"

#include "base/logger.hpp"
#include "base/secret.hpp"
#include "http/gateway_handshake.hpp"
#include "loop/deadline.hpp"
#include "loop/event.hpp"
#include "net/error.hpp"
#include "proxy/upstream/early_hello.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aluvia::proxy {
namespace {

// The fault of a handshake that did not open the tunnel. `error`: the stream's; none where an answer has
// come.
ProxyError fault_of(const http::GatewayHandshake& handshake, const http::Progress& progress,
                    std::error_code error, const config::GatewayEndpoint& gateway) {
  const std::string whom = name_of(gateway);
  if (error) {
    const std::string why = error == asio::error::eof ? "it closed the connection" : error.message();
    return {ProxyErrorKind::connection_terminated, fmt::format("{} did not answer CONNECT: {}", whom, why)};
  }
  if (progress.is_wrong()) {
    return {ProxyErrorKind::gateway_protocol,
            fmt::format("{} did not answer in HTTP: {}", whom, progress.error().why)};
  }
  const int status = handshake.status();
  if (status == 407 || status == 401) {
    return {ProxyErrorKind::gateway_credentials, fmt::format("{} refused the proxy credentials", whom),
            status};
  }
  const std::string reason = printable(handshake.head().reason, 80);
  return {ProxyErrorKind::gateway_refused, fmt::format("{} answered {} {}", whom, status, reason), status};
}

Secret connect_request(const http::Authority& authority, const config::UserNetworkConfig& config,
                       const EarlyHello* early) {
  using Behind = http::GatewayHandshake::Behind;
  return Secret(http::GatewayHandshake::request(authority, config.gateway_authorization.reveal(),
                                                early ? Behind::early_bytes : Behind::nothing));
}

}  // namespace

// One frame for all tries, also where a new configuration changes the route between them.
loop::Task<Dialer::DialResult> Dialer::open_tunnel(Decision& decision, const http::Authority& authority,
                                                   const Caller& caller) {
  const ClientWatch watch = watch_over(caller, authority);
  RetryPolicy tries(limits_, caller.account.trace().begun);
  for (;;) {
    if (decision.is_blocked()) co_return Err{router_.block_of(decision, authority)};
    DialResult opened = co_await begin_try(decision, authority, tries, caller);
    if (opened && caller.early && caller.early->sent() > 0) {
      const bool has_come_through = co_await is_carried(*opened, *caller.early);
      if (!has_come_through) {
        caller.early->hold_back();
        gateway_.early.not_carried();
        continue;  // at once, for the gateway has answered
      }
    }
    if (opened) {
      Decision now = router_.decide(authority);
      if (is_same_route(decision, now)) co_return opened;
      decision = std::move(now);
      caller.account.follow(authority, decision);
      if (caller.early) caller.early->hold_back();
      tries.start_again();
      continue;
    }
    if (decision.route == rules::Route::direct) co_return opened;
    if (caller.early) stop_early(*caller.early, opened.error());
    const bool again = co_await prepare_another(tries, opened.error(), decision, authority, caller);
    if (!again) co_return Err{tries.describe(std::move(opened.error()))};
    decision = router_.decide(authority);
    caller.account.follow(authority, decision);
  }
}

// By the decision's route.
loop::Task<Dialer::DialResult> Dialer::begin_try(const Decision& decision, const http::Authority& authority,
                                                 RetryPolicy& tries, const Caller& caller) {
  if (decision.route == rules::Route::direct) {
    return connect_origin(decision, authority, tries.end(), caller.account.trace());
  }
  return try_tunnel(decision, authority, tries, caller);
}

loop::Task<Dialer::DialResult> Dialer::open_upstream(const Decision& decision,
                                                     const http::Authority& authority, bool may_be_warm,
                                                     const Caller& caller) {
  if (decision.is_blocked()) co_return Err{router_.block_of(decision, authority)};
  if (decision.route == rules::Route::direct) {
    const ClientWatch watch = watch_over(caller, authority);
    co_return co_await connect_origin(decision, authority, loop::TimePoint::max(), caller.account.trace());
  }
  if (auto down = gateway_.circuit.rejection(loop::Clock::now())) co_return Err{std::move(*down)};
  if (may_be_warm) {
    if (auto warm = gateway_.warm.take(authority.host)) {
      caller.account.trace().begin_try(true);
      co_return UpstreamConnection(std::move(*warm), true);
    }
  }
  const ClientWatch watch = watch_over(caller, authority);
  RetryPolicy tries(limits_, loop::Clock::now());
  for (;;) {
    tries.begin_next(loop::Clock::now());
    DialResult connected = co_await connect_gateway(decision, tries, caller.account.trace());
    if (connected) co_return connected;
    learn_from(connected, {}, caller);
    const bool again = co_await prepare_another(tries, connected.error(), decision, authority, caller);
    if (!again) co_return Err{tries.describe(std::move(connected.error()))};
  }
}

loop::Task<Dialer::DialResult> Dialer::connect_origin(const Decision& decision,
                                                      const http::Authority& authority,
                                                      loop::TimePoint latest, RequestTrace& trace) {
  trace.begin_try(false);
  const loop::TimePoint now = loop::Clock::now();
  return connector_.to_origin(authority, decision.policy(),
                              {now, std::min(now + limits_.dial, latest), trace.times});
}

loop::Task<Dialer::DialResult> Dialer::connect_gateway(const Decision& decision, const RetryPolicy& tries,
                                                       RequestTrace& trace) {
  trace.begin_try(false);
  const loop::TimePoint now = loop::Clock::now();
  const Limits::Time time = tries.is_last() ? limits_.dial : std::min(limits_.dial, limits_.gateway_try);
  return connector_.to_gateway(decision.snapshot->gateway, tries.count() - 1,
                               {now, std::min(now + time, tries.end()), trace.times});
}

// A warm connection that has died does not count: the try is made on a new one, at once.
loop::Task<Dialer::DialResult> Dialer::try_tunnel(const Decision& decision, const http::Authority& authority,
                                                  RetryPolicy& tries, const Caller& caller) {
  RequestTrace& trace = caller.account.trace();
  const loop::TimePoint begin = loop::Clock::now();
  // The first try may be the one that finds out whether the gateway is back; a pause has asked for the
  // others.
  if (tries.count() == 0) {
    if (auto down = gateway_.circuit.rejection(begin)) co_return Err{std::move(*down)};
  }
  const loop::TimePoint end = tries.begin_next(begin);
  const loop::TimePoint latest = tries.is_last() ? tries.end() : end;
  const bool is_likely_spare = caller.opening && caller.opening->is_likely_spare();
  if (tries.count() == 1 && !is_likely_spare) {
    if (auto warm = gateway_.warm.take(authority.host)) {
      UpstreamConnection waiting(std::move(*warm), true);
      trace.begin_try(true);
      DialResult opened = co_await shake_hands(std::move(waiting), decision, authority, latest, caller);
      if (opened || opened.error().kind != ProxyErrorKind::connection_terminated) {
        learn_from(opened, authority.host, caller);
        co_return opened;
      }
    }
  }
  DialResult connected = co_await connect_gateway(decision, tries, trace);
  if (!connected) {
    learn_from(connected, {}, caller);
    co_return connected;
  }
  if (caller.opening && was_closed_unused(caller)) {
    gateway_.warm.keep(std::move(connected->stream), decision.snapshot);
    caller.opening->was_needed(false);
    caller.stop();  // the next wait throws
  }
  DialResult opened = co_await shake_hands(std::move(*connected), decision, authority, latest, caller);
  learn_from(opened, authority.host, caller);
  co_return opened;
}

// Returns true after the pause, or where the next try is made by another decision.
loop::Task<bool> Dialer::prepare_another(RetryPolicy& tries, const ProxyError& failure,
                                         const Decision& decision, const http::Authority& authority,
                                         const Caller& caller) {
  if (retry_for(failure) == Retry::fresh_configuration) {
    if (!tries.may_ask_configuration(loop::Clock::now())) co_return false;
    co_return co_await gateway_.refresh.renew(decision, authority);
  }
  if (!tries.allows_another(failure, loop::Clock::now())) co_return false;
  co_await loop::pause(caller.client.executor(), tries.pause());
  co_return !gateway_.circuit.rejection(loop::Clock::now());
}

ClientWatch Dialer::watch_over(const Caller& caller, const http::Authority& authority) const {
  return ClientWatch(caller.client, caller.stop, limits_, [this, &authority] {
    logger_.debug({"client_left", {{"host", authority.host}, {"port", authority.port}}},
                  "{}: the client has gone while its connection was opened", authority.text());
  });
}

// A client with bytes behind its CONNECT may have ended its side and wait for an answer.
bool Dialer::was_closed_unused(const Caller& caller) {
  return caller.opening->is_second() && caller.received->empty() && caller.client.has_ended();
}

// Ignores the result of a cancelled task, because the gateway did not cause it.
void Dialer::learn_from(const DialResult& result, std::string_view authority, const Caller& caller) {
  if (caller.stop.is_requested()) return;
  if (result || !blames_gateway(result.error())) {
    gateway_.circuit.answered();
  } else {
    gateway_.circuit.failed(result.error(), authority, loop::Clock::now());
  }
}

// The gateway has Limits::gateway_answer from the end of the connect, in every try.
loop::Task<Dialer::DialResult> Dialer::shake_hands(UpstreamConnection gateway, const Decision& decision,
                                                   const http::Authority& authority, loop::TimePoint latest,
                                                   const Caller& caller) {
  RequestTrace& trace = caller.account.trace();
  EarlyHello* const early = caller.early && !caller.early->holds_back() ? caller.early : nullptr;
  net::Stream& stream = gateway.stream;
  stream.count_in(&trace.wire);
  const loop::TimePoint begin = loop::Clock::now();
  loop::Deadline limit(stream.executor(), [&stream] { stream.cancel(); });
  limit.set_at(std::min(latest, begin + limits_.gateway_answer));

  const Secret request = connect_request(authority, *decision.snapshot, early);
  const std::string_view hello = early ? early->sent_with_connect() : std::string_view();
  std::error_code error = co_await net::write_all(stream, request.reveal(), hello);
  if (early && !error) early->send_on_arrival(stream);

  http::GatewayHandshake handshake;
  std::string kept;         // an answer that comes in pieces
  std::string_view answer;  // what has come of it: `kept`, or the loop's buffer
  http::Progress progress = http::Progress::need_more();
  while (!error && progress.needs_more()) {
    const net::IoResult got = stream.try_read(loop_buffer_);
    if (got.status == net::IoResult::Status::moved) {
      answer = {loop_buffer_.data(), got.bytes};
      if (!kept.empty()) answer = kept.append(answer);
      progress = handshake.read(answer);
      if (progress.needs_more() && kept.empty()) kept = answer;
    } else if (got.status == net::IoResult::Status::blocked) {
      error = co_await stream.ready(got.want);
    } else {
      error = got.status == net::IoResult::Status::failed ? got.error
                                                          : asio::error::make_error_code(asio::error::eof);
    }
  }
  if (early) early->stop();
  if (!progress.needs_more() && !progress.is_wrong())
    trace.times.gateway = step_between(begin, loop::Clock::now());
  const config::GatewayEndpoint& endpoint = decision.snapshot->gateway;
  if (limit.expired()) {
    co_return Err{ProxyError(ProxyErrorKind::gateway_timeout,
                             fmt::format("{} did not answer CONNECT in time", name_of(endpoint)))};
  }
  if (error == net::NetError::allowance_spent) co_return Err{router_.over_budget(authority)};
  if (error || progress.is_wrong() || !handshake.is_open()) {
    co_return Err{fault_of(handshake, progress, error, endpoint)};
  }
  gateway.leftover = answer.substr(progress.consumed());
  co_return std::move(gateway);
}

// Waits for the first byte behind the gateway's 2xx: it shows that the ClientHello, which travelled before
// the 2xx, has reached the site. False: the connection has ended without it, or nothing came from a gateway
// that has never shown it. The client has sent nothing else, so another connection can take this one's place.
loop::Task<bool> Dialer::is_carried(UpstreamConnection& gateway, EarlyHello& hello) {
  EarlyConnect& early = gateway_.early;
  net::Stream& stream = gateway.stream;
  loop::Deadline limit(stream.executor(), [&stream] { stream.cancel(); });
  limit.set_after(limits_.early_silence);
  while (gateway.leftover.empty()) {
    const net::IoResult got = stream.try_read(loop_buffer_);
    if (got.status == net::IoResult::Status::moved) gateway.leftover.assign(loop_buffer_.data(), got.bytes);
    if (got.status == net::IoResult::Status::moved) break;
    if (got.status != net::IoResult::Status::blocked) co_return false;
    // Bytes behind the hello cannot be sent twice: they wait until the gateway is known to carry them.
    if (early.is_proven() && hello.interrupts(stream)) co_return true;
    const std::error_code error = co_await stream.ready(got.want);
    hello.stop();
    if (hello.has_interrupted()) co_return true;
    if (limit.expired()) {
      const bool was_proven = early.is_proven();
      if (was_proven) early.not_carried();
      co_return was_proven;
    }
    if (error) co_return false;
  }
  early.carried();
  co_return true;
}

// The tries that follow wait for the gateway's answer before they send the client's bytes.
void Dialer::stop_early(EarlyHello& hello, const ProxyError& failure) {
  const bool was_answered =
      failure.kind == ProxyErrorKind::gateway_refused || failure.kind == ProxyErrorKind::gateway_credentials;
  if (hello.sent() > 0 && !was_answered) gateway_.early.not_carried();
  hello.hold_back();
}

}  // namespace aluvia::proxy
