// StatusSnapshot as metrics, in the text format of Prometheus 0.0.4.
#pragma once

#include "admin/process_usage.hpp"
#include "admin/status_snapshot.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aluvia::admin {

inline constexpr std::string_view metrics_type = "text/plain; version=0.0.4; charset=utf-8";

/// `hosts` have series of their own. Beside them, no host and no rule is named: label values are a fixed few.
std::string metrics(const StatusSnapshot& status, const ProcessUsage& process = {},
                    std::span<const ledger::UsageRow> hosts = {});

}  // namespace aluvia::admin
