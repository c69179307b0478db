// The gateway itself: wants Basic credentials with the first request, then CONNECT or absolute-form, and from
// then on only moves bytes. `GET /counts` gets the counts as JSON and counts for nothing. Every host name
// leads to the address that the client came to, so the port alone picks the origin.
#pragma once

#include "base/task.hpp"
#include "gateway/channel.hpp"

#include <string>

namespace aluvia::bench {

struct GatewayCounts {
  std::size_t connections = 0;  // that sent a request
  std::size_t connects = 0;
  std::size_t challenges = 0;  // 407
};

// `authorization` is the whole value of Proxy-Authorization ; it and `counts` outlive the flow. `context` is
// null for plain TCP.
Flow serve_proxy(Loop& loop, Fd socket, SSL_CTX* context, const std::string& authorization,
                 GatewayCounts& counts);

}  // namespace aluvia::bench
