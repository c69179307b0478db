// Probes a proxy once, or until it is ready.
#pragma once

#include "base/result.hpp"
#include "control_client.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace aluvia::app {

enum class Probe { ready, live, started };

/// Returns the proxy if it is ready (or live, or started), else the reason.
Result<RunningProxy, CommandError> probe(std::optional<std::uint16_t> port, Need need, Probe probe);

/// Probes until a proxy is ready, and returns its URL, without user and password. Stops with the last error
/// when `timeout` is over or `is_cancelled` returns true, which it asks every 50 ms, and at once for an error
/// that time does not repair.
Result<std::string, CommandError> wait_until_ready(std::optional<std::uint16_t> port,
                                                   std::chrono::milliseconds timeout,
                                                   const std::function<bool()>& is_cancelled);

/// Returns {"ready": true, "url": …} without a line feed.
std::string ready_json(const std::string& url);

}  // namespace aluvia::app
