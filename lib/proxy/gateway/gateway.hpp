// Gateway: what all requests through the gateway share: warm connections, the circuit breaker, the
// refresh of the credentials, and what is known about hosts: early CONNECTs and spare tunnels.
#pragma once

#include "proxy/gateway/circuit_breaker.hpp"
#include "proxy/gateway/credential_refresh.hpp"
#include "proxy/gateway/early_connect.hpp"
#include "proxy/gateway/spare_tunnels.hpp"
#include "proxy/gateway/warm_pool.hpp"

namespace aluvia::proxy {

/// Loop thread only. Must outlive the tasks that dial.
struct Gateway {
  WarmPool warm;
  CircuitBreaker circuit;
  CredentialRefresh refresh;
  EarlyConnect early;
  SpareTunnels spare;
};

}  // namespace aluvia::proxy
