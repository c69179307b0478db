// Series of single hosts, for metrics.
#pragma once

#include "admin/metrics_text.hpp"
#include "ledger/usage.hpp"

#include <span>

namespace aluvia::admin {

/// Writes nothing without hosts. A route that a host has not taken has no sample.
void add_host_series(MetricsText& out, std::span<const ledger::UsageRow> hosts);

}  // namespace aluvia::admin
