// Services: the objects that all connections share; the ProxyServer owns them.
#pragma once

#include "base/logger.hpp"
#include "http/head.hpp"
#include "http/target.hpp"
#include "net/pipe_pool.hpp"
#include "proxy/access_control.hpp"
#include "proxy/client_shares.hpp"
#include "proxy/connection_list.hpp"
#include "proxy/gateway/gateway.hpp"
#include "proxy/limits.hpp"
#include "proxy/request_reporter.hpp"
#include "proxy/router.hpp"
#include "proxy/tunnel_table.hpp"
#include "proxy/upstream/upstreams.hpp"
#include "telemetry/counters.hpp"

#include <functional>
#include <span>
#include <string>

namespace aluvia::proxy {

/// A request in origin-form, which is for the proxy itself.
struct LocalRequest {
  const http::RequestHead& head;
  const http::Target& target;
  bool may_keep;  ///< the client and the proxy can keep the connection after the answer
};
struct LocalAnswer {
  std::string message;   ///< the whole
  bool is_kept = false;  ///< the message leaves the connection open; only if the request allows it
};
/// Responds to a LocalRequest. Called on the loop, must not wait; calls `done` on the loop, maybe at once,
/// and does not use the request after it has returned.
using LocalAnswers = std::function<void(const LocalRequest&, std::function<void(LocalAnswer)> done)>;

/// The clients, before and between their requests.
struct Clients {
  AccessControl access;
  ClientShares shares;
  ConnectionList connections;
};

struct Services {
  const Limits& limits;
  const Logger& logger;
  telemetry::Counters& counters;
  RequestReporter& reporter;
  const Router& router;
  Gateway& gateway;
  Upstreams& upstreams;
  Clients& clients;
  TunnelTable& tunnels;
  const LocalAnswers& local_answers;  ///< empty: such requests are rejected
  std::span<char> loop_buffer;        ///< shared by all code between two waits, never across one
  net::PipePool& pipes;
  bool stopping = false;
};

}  // namespace aluvia::proxy
