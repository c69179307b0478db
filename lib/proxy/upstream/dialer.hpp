// Dialer: opens the stream of a route decision, directly or through the gateway, on a warm connection or a
// new one. It does the gateway's handshake and retries transient errors. Only the Router and this file of the
// module depend on the route.
#pragma once

#include "base/logger.hpp"
#include "base/result.hpp"
#include "http/authority.hpp"
#include "net/stream.hpp"
#include "proxy/client_watch.hpp"
#include "proxy/gateway/gateway.hpp"
#include "proxy/gateway/retry_policy.hpp"
#include "proxy/limits.hpp"
#include "proxy/proxy_error.hpp"
#include "proxy/router.hpp"
#include "proxy/upstream/upstream_connector.hpp"

#include <span>
#include <string_view>

namespace aluvia::proxy {

/// Loop thread only. Must outlive the tasks that dial.
class Dialer {
 public:
  using DialResult = UpstreamConnector::Connected;

  /// All of them outlive the dialer.
  Dialer(UpstreamConnector& connector, Gateway& gateway, const Router& router, const Limits& limits,
         const Logger& logger, std::span<char> loop_buffer)
      : connector_(connector),
        gateway_(gateway),
        router_(router),
        limits_(limits),
        logger_(logger),
        loop_buffer_(loop_buffer) {}

  /// Returns a stream that carries bytes to `authority`: connected directly, or opened through the gateway by
  /// CONNECT, within limits.opening() in all. `decision` is made again before every further try; if a new
  /// configuration changes the route, the dial starts again. Ends the caller's task once its client has
  /// disconnected. With `caller.early`, the client's ClientHello follows the CONNECT to the gateway at once;
  /// the bytes that early->sent() counts have gone to the stream.
  loop::Task<DialResult> open_tunnel(Decision& decision, const http::Authority& authority,
                                     const Caller& caller);

  /// Returns a stream that takes request heads for `authority`: the origin's own, or one to the gateway for
  /// absolute-form. Only with `may_be_warm` one from the pool: a request that cannot be sent twice must not
  /// meet a gateway that has just closed it.
  loop::Task<DialResult> open_upstream(const Decision& decision, const http::Authority& authority,
                                       bool may_be_warm, const Caller& caller);

 private:
  loop::Task<DialResult> begin_try(const Decision& decision, const http::Authority& authority,
                                   RetryPolicy& tries, const Caller& caller);
  loop::Task<DialResult> try_tunnel(const Decision& decision, const http::Authority& authority,
                                    RetryPolicy& tries, const Caller& caller);
  loop::Task<DialResult> connect_origin(const Decision& decision, const http::Authority& authority,
                                        loop::TimePoint latest, RequestTrace& trace);
  loop::Task<DialResult> connect_gateway(const Decision& decision, const RetryPolicy& tries,
                                         RequestTrace& trace);
  loop::Task<DialResult> shake_hands(UpstreamConnection gateway, const Decision& decision,
                                     const http::Authority& authority, loop::TimePoint latest,
                                     const Caller& caller);
  loop::Task<bool> is_carried(UpstreamConnection& gateway, EarlyHello& hello);
  void stop_early(EarlyHello& hello, const ProxyError& failure);
  loop::Task<bool> prepare_another(RetryPolicy& tries, const ProxyError& failure, const Decision& decision,
                                   const http::Authority& authority, const Caller& caller);
  static bool was_closed_unused(const Caller& caller);
  ClientWatch watch_over(const Caller& caller, const http::Authority& authority) const;
  void learn_from(const DialResult& result, std::string_view authority, const Caller& caller);

  UpstreamConnector& connector_;
  Gateway& gateway_;
  const Router& router_;
  const Limits& limits_;
  const Logger& logger_;
  std::span<char> loop_buffer_;
};

}  // namespace aluvia::proxy
