// Writes hosts, rules and the last hour of the ledger for the answer of /live.
#pragma once

#include "base/json_writer.hpp"
#include "config/user_network_config.hpp"
#include "ledger/ledger.hpp"

namespace aluvia::admin {

/// Writes "hosts": {"hidden": …, "list": […]}: the 100 hosts with most bytes, the largest first.
void write_hosts(JsonWriter& out, const ledger::Ledger& ledger);

/// Writes "rules": {"hidden": …, "list": […]} with hits and bytes: the local rules and those of the account,
/// at most 200, and the phrases and rules that have decided since the start.
void write_rules(JsonWriter& out, const config::UserNetworkConfig& config, const ledger::Ledger& ledger);

/// Writes "minutes": {"gateway": […], "direct": […]}: bytes in each minute of the last hour, oldest first.
void write_minutes(JsonWriter& out, ledger::Ledger& ledger, ledger::Seconds now);

}  // namespace aluvia::admin
