// Every option by an id that errors carry, and its name: the key of a configuration file.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace aluvia {

enum class OptionId {
  token,
  token_file,
  api_base_url,
  api_ca,
  connection_id,
  wait_for_api,
  config_cache,
  poll_interval,
  state_dir,
  price,
  port,
  host,
  proxy_auth,
  allow_from,
  allow_metadata,
  deny_private,
  allow_loopback_names,
  private_page,
  rule,
  dns_server,
  drain,
  shutdown_grace,
  gateway_protocol,
  gateway_host,
  gateway_port,
  gateway_ca,
  gateway_warm,
  max_connections,
  head_memory,
  max_head_bytes,
  max_head_fields,
  head_timeout,
  keep_alive_timeout,
  stall_timeout,
  dial_timeout,
  gateway_timeout,
  tunnel_idle_timeout,
  half_closed_timeout,
  output,
  ready_file,
  log_level,
  log_format,
  access_log,
  access_log_format,
  access_log_open,
  access_log_path,
  quiet,
  exit_with_parent,
  color,
  core_dumps,
  config,
  listening_socket,  ///< of the C++ interface only
};

/// In the order of OptionId.
inline constexpr std::array option_names = std::to_array<std::string_view>({
    "token",
    "token-file",
    "api-base-url",
    "api-ca",
    "connection-id",
    "wait-for-api",
    "config-cache",
    "poll-interval",
    "state-dir",
    "price",
    "port",
    "host",
    "proxy-auth",
    "allow-from",
    "allow-metadata",
    "deny-private",
    "allow-loopback-names",
    "private-page",
    "rule",
    "dns-server",
    "drain",
    "shutdown-grace",
    "gateway-protocol",
    "gateway-host",
    "gateway-port",
    "gateway-ca",
    "gateway-warm",
    "max-connections",
    "head-memory",
    "max-head-bytes",
    "max-head-fields",
    "head-timeout",
    "keep-alive-timeout",
    "stall-timeout",
    "dial-timeout",
    "gateway-timeout",
    "tunnel-idle-timeout",
    "half-closed-timeout",
    "output",
    "ready-file",
    "log-level",
    "log-format",
    "access-log",
    "access-log-format",
    "access-log-open",
    "access-log-path",
    "quiet",
    "exit-with-parent",
    "color",
    "core-dumps",
    "config",
    "listening-socket",
});

/// "head-timeout".
constexpr std::string_view option_name(OptionId id) noexcept {
  return option_names[static_cast<std::size_t>(id)];
}

static_assert(option_name(OptionId::listening_socket) == "listening-socket");

}  // namespace aluvia
