// The gateway itself: wants Basic credentials with the first request, then CONNECT or absolute-form, and from
// then on only moves bytes. Every host name leads to the address that the client came to, so the
// port alone picks the origin.
#pragma once

#include "base/task.hpp"
#include "gateway/channel.hpp"

#include <string>

namespace aluvia::bench {

// `authorization` is the whole value of Proxy-Authorization and outlives the flow; `context` is null for
// plain TCP.
Flow serve_proxy(Loop& loop, Fd socket, SSL_CTX* context, const std::string& authorization);

}  // namespace aluvia::bench
