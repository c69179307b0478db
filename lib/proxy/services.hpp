// Services: the objects that all connections share; the ProxyServer owns them.
#pragma once

#include "base/logger.hpp"
#include "http/head.hpp"
#include "http/target.hpp"
#include "loop/asio.hpp"
#include "net/pipe_pool.hpp"
#include "proxy/access_control.hpp"
#include "proxy/client_shares.hpp"
#include "proxy/connection_list.hpp"
#include "proxy/limits.hpp"
#include "proxy/router.hpp"
#include "proxy/tunnel_table.hpp"
#include "proxy/upstream/bound_upstreams.hpp"
#include "proxy/upstream/dialer.hpp"
#include "proxy/upstream/upstream_pool.hpp"
#include "telemetry/counters.hpp"

#include <functional>
#include <span>
#include <string>

namespace aluvia::proxy {

/// Answers a request in origin-form, which is for the proxy itself: the whole message, behind which the
/// connection ends. On the loop; must not wait.
using LocalAnswers = std::function<std::string(const http::RequestHead&, const http::Target&)>;

struct Services {
  loop::Loop& loop;
  const Limits& limits;
  const Logger& logger;
  AccessControl& admission;
  const Router& router;
  Dialer& dialer;
  CircuitBreaker& circuit;
  CredentialRefresh& refresher;
  UpstreamPool& pool;
  BoundUpstreams& bound;
  TunnelTable& tunnels;
  ClientShares& shares;
  ConnectionList& connections;
  telemetry::Counters& counters;
  std::span<char> loop_buffer;  ///< shared by everyone between two waits, never across one
  net::PipePool& pipes;
  const LocalAnswers& local_answers;  ///< empty: such requests are refused
  bool stopping = false;
};

}  // namespace aluvia::proxy
