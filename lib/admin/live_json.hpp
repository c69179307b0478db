// Writes the parts of the answer of /live: finished requests, and open tunnels by host.
#pragma once

#include "base/json_writer.hpp"
#include "telemetry/request_record.hpp"
#include "telemetry/tunnel_groups.hpp"

#include <cstdint>

namespace aluvia::admin {

/// Writes an object with the fields of the access log that a request has; times in milliseconds.
void write_request(JsonWriter& out, std::uint64_t sequence, const telemetry::RequestRecord& record);

/// Writes {"open": …, "hidden": …, "groups": […]}.
void write_tunnel_groups(JsonWriter& out, const telemetry::TunnelGroups& tunnels);

}  // namespace aluvia::admin
