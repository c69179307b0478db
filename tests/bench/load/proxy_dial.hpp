// From a connect that is under way to a stream that leads to the job's target.
#pragma once

#include "load/job.hpp"

#include <cstddef>

namespace aluvia::bench {

// How long a worker rests after a failure, so that a refusing proxy is not hammered.
constexpr auto pause_after_failure = std::chrono::milliseconds(10);

// The bytes that came right behind the proxy's answer, or -1 when there is no tunnel.
Async<ssize_t> open_tunnel(Job& job, Stream& stream);

}  // namespace aluvia::bench
