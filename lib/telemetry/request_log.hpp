// Writes a finished request to the log: a failed one at level info, any other at level debug.
#pragma once

#include "base/logger.hpp"
#include "telemetry/request_record.hpp"

namespace aluvia::telemetry {

/// Returns the level of a record's line.
LogLevel level_of(RequestRecord::Outcome outcome) noexcept;

/// Writes one event: request_failed, request_aborted, request_finished or tunnel_ended. Failures are limited
/// like all repeated lines.
void log_request(const Logger& logger, const RequestRecord& record);

}  // namespace aluvia::telemetry
