// What every connection uses and none owns; made and owned by the ProxyServer.
#pragma once

#include "base/logger.hpp"
#include "net/asio.hpp"
#include "net/pipe_pool.hpp"
#include "proxy/dialer.hpp"
#include "proxy/limits.hpp"
#include "proxy/router.hpp"
#include "proxy/tunnel_table.hpp"
#include "proxy/upstream_pool.hpp"
#include "telemetry/counters.hpp"

#include <span>

namespace aluvia::proxy {

struct Services {
  net::Loop& loop;
  const Limits& limits;
  const Logger& logger;
  const Router& router;
  Dialer& dialer;
  UpstreamPool& pool;
  TunnelTable& tunnels;
  telemetry::Counters& counters;
  std::span<char> loop_buffer;  ///< shared by everyone between two waits, never across one
  net::PipePool& pipes;
  bool stopping = false;
};

}  // namespace aluvia::proxy
