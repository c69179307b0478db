// The services of the origin, one listening port each. Every service yields to the others after a block, so
// that a bulk stream does not delay a small answer on the origin's side of a measurement.
#pragma once

#include "base/loop.hpp"
#include "base/stream.hpp"
#include "base/task.hpp"

#include <memory>

namespace aluvia::bench {

// Sends back what it gets.
Flow serve_echo(Loop& loop, Fd socket);
// Sends until the client goes away; reads nothing.
Flow serve_source(Loop& loop, Fd socket);
// Reads until the client goes away; sends nothing.
Flow serve_sink(Loop& loop, Fd socket);
// Both at once.
Flow serve_source_and_sink(Loop& loop, Fd socket);
// HTTP/1.1 with keep-alive: GET /bytes/N answers N bytes; any request body is read and dropped.
Flow serve_web(Loop& loop, Fd socket);

}  // namespace aluvia::bench
