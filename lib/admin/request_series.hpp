// Writes the series of finished requests: histograms of their times, errors, responses, and tries.
#pragma once

#include "admin/metrics_text.hpp"
#include "telemetry/request_metrics.hpp"

namespace aluvia::admin {

/// Every series is there from the start, with 0, so that a rate() sees its first increase.
void add_request_series(MetricsText& out, const telemetry::RequestMetrics& requests);

}  // namespace aluvia::admin
