#include "option_table.hpp"

#include "base/ascii.hpp"
#include "http/basic_credentials.hpp"
#include "secret_arguments.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace aluvia::app {
namespace {

using std::chrono::milliseconds;

template <class Number>
std::optional<Number> number(std::string_view text, Number lowest, Number highest) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && value >= lowest && value <= highest ? std::optional(value) : std::nullopt;
}

bool set_text(std::string& to, std::string_view value) {
  to = value;
  return !to.empty();
}

bool set_port(RunOptions& options, std::string_view value) {
  const auto port = number<std::uint16_t>(value, 0, 65535);
  if (port) options.client.local_port = *port;
  return port.has_value();
}

bool set_gateway_port(RunOptions& options, std::string_view value) {
  const auto port = number<std::uint16_t>(value, 1, 65535);
  if (port) options.client.gateway_port = *port;
  return port.has_value();
}

bool set_gateway_warm(RunOptions& options, std::string_view value) {
  const auto most = number<std::size_t>(value, 0, 64);
  if (most) options.client.gateway_warm = *most;
  return most.has_value();
}

bool set_gateway_protocol(RunOptions& options, std::string_view value) {
  options.client.gateway_protocol =
      value == "https" ? config::GatewayProtocol::https : config::GatewayProtocol::http;
  return value == "http" || value == "https";
}

bool set_connection_id(RunOptions& options, std::string_view value) {
  options.client.connection_id = value;
  return number<std::uint64_t>(value, 0, std::numeric_limits<std::uint64_t>::max()).has_value();
}

bool set_poll_interval(RunOptions& options, std::string_view value) {
  const auto interval = number<milliseconds::rep>(value, 1000, 86'400'000);
  if (interval) options.client.poll_interval = milliseconds(*interval);
  return interval.has_value();
}

bool set_wait_for_api(RunOptions& options, std::string_view value) {
  const auto seconds = number<double>(value, 0, 86'400);
  if (seconds) options.client.wait_for_api = milliseconds(static_cast<milliseconds::rep>(*seconds * 1000));
  return seconds.has_value();
}

bool set_shutdown_grace(RunOptions& options, std::string_view value) {
  const auto seconds = number<double>(value, 0, 3600);
  if (seconds) options.client.shutdown_grace = milliseconds(static_cast<milliseconds::rep>(*seconds * 1000));
  return seconds.has_value();
}

bool set_drain(RunOptions& options, std::string_view value) {
  if (value == "never") {
    options.client.drain.reset();
    return true;
  }
  const auto seconds = number<double>(value, 0, 3600);
  if (seconds) options.client.drain = milliseconds(static_cast<milliseconds::rep>(*seconds * 1000));
  return seconds.has_value();
}

template <std::size_t agent::Bounds::*member>
bool set_number_bound(RunOptions& options, std::string_view value) {
  const agent::NumberBound& bound =
      *std::ranges::find(agent::number_bounds(), member, &agent::NumberBound::value);
  const auto most = number(value, bound.least, bound.most);
  if (most) options.client.bounds.*member = *most;
  return most.has_value();
}

template <agent::Bounds::Time agent::Bounds::*member>
bool set_time_bound(RunOptions& options, std::string_view value) {
  using Seconds = std::chrono::duration<double>;
  const agent::TimeBound& bound = *std::ranges::find(agent::time_bounds(), member, &agent::TimeBound::value);
  const auto seconds = number<double>(value, Seconds(bound.least).count(), Seconds(bound.most).count());
  if (seconds) options.client.bounds.*member = std::chrono::round<milliseconds>(Seconds(*seconds));
  return seconds.has_value();
}

bool add_rule(RunOptions& options, std::string_view value) {
  options.client.local_rules.emplace_back(value);
  return true;
}

bool add_allowed_networks(RunOptions& options, std::string_view list) {
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(','));
    options.client.allow_from.emplace_back(ascii::trim(one));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
  }
  return !options.client.allow_from.empty();
}

bool set_proxy_auth(RunOptions& options, std::string_view value) {
  options.client.proxy_auth = secret_of(value);
  return http::is_user_and_password(options.client.proxy_auth.reveal());
}

bool set_switch(bool& to, std::string_view value) {
  const bool yes = value == "true" || value == "yes" || value == "on" || value == "1";
  to = yes;
  return yes || value == "false" || value == "no" || value == "off" || value == "0";
}

template <bool agent::AgentConnectClientOptions::*member>
bool set_client_switch(RunOptions& options, std::string_view value) {
  return set_switch(options.client.*member, value);
}

bool set_core_dumps(RunOptions& options, std::string_view value) {
  return set_switch(options.core_dumps, value);
}

bool set_log_level(RunOptions& options, std::string_view value) {
  if (value == "silent") options.log_level = LogLevel::silent;
  if (value == "info") options.log_level = LogLevel::info;
  if (value == "debug") options.log_level = LogLevel::debug;
  return value == "silent" || value == "info" || value == "debug";
}

bool set_log_format(RunOptions& options, std::string_view value) {
  options.log_format = value == "json" ? LogFormat::json : LogFormat::text;
  return value == "json" || value == "text";
}

bool set_ready_file(RunOptions& options, std::string_view value) {
  return set_text(options.ready_file, value);
}

bool set_output(RunOptions& options, std::string_view value) {
  options.output = value == "json" ? Output::json : Output::text;
  return value == "json" || value == "text";
}

template <std::string agent::AgentConnectClientOptions::*member>
bool set_member(RunOptions& options, std::string_view value) {
  return set_text(options.client.*member, value);
}

using Bounds = agent::Bounds;
using Client = agent::AgentConnectClientOptions;

// clang-format off
constexpr OptionRow rows[] = {
    {"Account", "--token", "TOKEN", "",
     "User API token, required. Others on this machine can see it among the arguments for a moment; a file or "
     "the environment does not show it. [ALUVIA_TOKEN, ALV_USER_TOKEN]",
     "takes a user API token", nullptr},
    {"Account", "--token-file", "FILE", "ALUVIA_TOKEN_FILE",
     "File that holds the token, read again when it changes (default: $CREDENTIALS_DIRECTORY/aluvia-token, where "
     "it exists).",
     "takes a file", nullptr},
    {"Account", "--api-base-url", "URL", "ALUVIA_API_BASE_URL",
     "Where the API is, http or https; a path in it is a prefix (default: https://api.aluvia.io).",
     "takes a URL that begins with https:// or http://", set_member<&Client::api_base_url>},
    {"Account", "--api-ca", "FILE", "ALUVIA_API_CA",
     "PEM file with the CA of the API's certificate (default: the system's).",
     "takes a PEM file", set_member<&Client::api_ca>},
    {"Account", "--connection-id", "ID", "ALUVIA_CONNECTION_ID",
     "Number of a connection of the account, read instead of the token's own user (default: none).",
     "takes a number", set_connection_id},
    {"Account", "--wait-for-api", "SECONDS", "",
     "Seconds that a start keeps trying while the API gives no configuration, 0 to 86400; a refused token still "
     "fails at once (default: 0).",
     "takes seconds from 0 to 86400", set_wait_for_api},
    {"Account", "--config-cache", "FILE", "",
     "File (mode 0600) that keeps the last good configuration, for a start while the API cannot be reached or "
     "answers 5xx (default: none).",
     "takes a file", set_member<&Client::config_cache>},
    {"Account", "--poll-interval", "MS", "ALUVIA_POLL_INTERVAL",
     "Milliseconds between two polls of the configuration, 1000 to 86400000 (default: 5000).",
     "takes milliseconds from 1000 to 86400000", set_poll_interval},

    {"Local proxy", "--port", "PORT", "ALUVIA_PORT",
     "Port that the proxy listens on (default: 0, which is a free one).",
     "takes a port from 0 to 65535", set_port},
    {"Local proxy", "--host", "ADDRESS", "ALUVIA_HOST",
     "Address that the proxy listens on; beyond loopback, such as 0.0.0.0, only with --proxy-auth or --allow-from "
     "(default: 127.0.0.1).",
     "takes an IP address of this machine", set_member<&Client::local_host>},
    {"Local proxy", "--proxy-auth", "USER:PASSWORD", "ALUVIA_PROXY_AUTH",
     "What clients must send as Basic Proxy-Authorization (default: nothing).",
     "takes USER:PASSWORD, at most 255 printable ASCII characters", set_proxy_auth, false, true},
    {"Local proxy", "--allow-from", "CIDR", "ALUVIA_ALLOW_FROM",
     "Network or address from which clients may connect, besides loopback. Repeatable, or separated by commas "
     "(default: any).",
     "takes networks such as 10.0.0.0/8", add_allowed_networks, true},
    {"Local proxy", "--allow-metadata", "", "ALUVIA_ALLOW_METADATA",
     "Let clients reach the addresses where clouds serve credentials, such as 169.254.169.254 (default: no).",
     "takes yes or no", set_client_switch<&Client::allow_metadata>},
    {"Local proxy", "--deny-private", "", "ALUVIA_DENY_PRIVATE",
     "Refuse names whose DNS answer is loopback, private or link-local, against DNS rebinding (default: no).",
     "takes yes or no", set_client_switch<&Client::deny_private>},
    {"Local proxy", "--allow-loopback-names", "", "ALUVIA_ALLOW_LOOPBACK_NAMES",
     "Permit names whose DNS answer is loopback, link-local or unspecified, such as localtest.me; DNS rebinding can "
     "then reach this machine (default: no).",
     "takes yes or no", set_client_switch<&Client::allow_loopback_names>},
    {"Local proxy", "--rule", "PATTERN", "",
     "Rule on top of the account's: a host, *.example.com, google.*, *, or one of these after a - to exclude it. "
     "Repeatable.",
     "takes a rule", add_rule, true},
    {"Local proxy", "--dns-server", "LIST", "ALUVIA_DNS_SERVER",
     "DNS servers, ADDRESS[:PORT], separated by commas (default: those of /etc/resolv.conf).",
     "takes IP addresses with or without a port, separated by commas", set_member<&Client::dns_servers>},
    {"Local proxy", "--drain", "SECONDS|never", "ALUVIA_DRAIN",
     "Seconds that a tunnel gets that a new configuration would send another way, 0 to 3600; a quiet one ends at once. "
     "0 cuts, never keeps them (default: 2).",
     "takes seconds from 0 to 3600, or never", set_drain},
    {"Local proxy", "--shutdown-grace", "SECONDS", "",
     "Seconds that open connections get at the end, 0 to 3600 (default: 5).",
     "takes seconds from 0 to 3600", set_shutdown_grace},

    {"Gateway", "--gateway-protocol", "http|https", "ALUVIA_GATEWAY_PROTOCOL",
     "How the gateway is spoken to (default: http).",
     "takes http or https", set_gateway_protocol},
    {"Gateway", "--gateway-host", "HOST", "ALUVIA_GATEWAY_HOST",
     "Name or address of the gateway (default: gateway.aluvia.io).",
     "takes a host name or an IP address", set_member<&Client::gateway_host>},
    {"Gateway", "--gateway-port", "PORT", "ALUVIA_GATEWAY_PORT",
     "Port of the gateway (default: 8080 for http, 8443 for https).",
     "takes a port from 1 to 65535", set_gateway_port},
    {"Gateway", "--gateway-ca", "FILE", "ALUVIA_GATEWAY_CA",
     "PEM file with the CA of the gateway's certificate (default: the system's).",
     "takes a PEM file", set_member<&Client::gateway_ca>},
    {"Gateway", "--gateway-warm", "N", "ALUVIA_GATEWAY_WARM",
     "Connections to the gateway that wait for new tunnels, at most: as many as were used in the last 20 s; 0 to 64, "
     "0 for none (default: 4).",
     "takes a number from 0 to 64", set_gateway_warm},

    {"Bounds", "--max-connections", "N", "ALUVIA_MAX_CONNECTIONS",
     "Client connections at the same time, tunnels included, 1 to 1000000; beyond, the one that waits longest without a "
     "request is closed, or the new one gets 503. An address beyond loopback may have half. Fewer where the limit of open "
     "files is too low, about two for each (default: 10000).",
     "takes a number from 1 to 1000000", set_number_bound<&Bounds::connections>},
    {"Bounds", "--head-memory", "N", "ALUVIA_HEAD_MEMORY",
     "Bytes of all unfinished request heads together, 4194304 to 1073741824; beyond, the oldest or largest get 503. An "
     "address beyond loopback may have half (default: 33554432).",
     "takes a number from 4194304 to 1073741824", set_number_bound<&Bounds::head_memory>},
    {"Bounds", "--max-head-bytes", "N", "ALUVIA_MAX_HEAD_BYTES",
     "Bytes of a request's or response's head, 1024 to 1048576 (default: 65536).",
     "takes a number from 1024 to 1048576", set_number_bound<&Bounds::head_bytes>},
    {"Bounds", "--max-head-fields", "N", "ALUVIA_MAX_HEAD_FIELDS",
     "Field lines in a request's head, 8 to 4096 (default: 256). A response may have 1000, or this number where it is "
     "larger.",
     "takes a number from 8 to 4096", set_number_bound<&Bounds::head_fields>},
    {"Bounds", "--head-timeout", "SECONDS", "ALUVIA_HEAD_TIMEOUT",
     "Seconds from the first byte of a request's head to its last, 0.1 to 3600 (default: 15).",
     "takes seconds from 0.1 to 3600", set_time_bound<&Bounds::head_time>},
    {"Bounds", "--keep-alive-timeout", "SECONDS", "ALUVIA_KEEP_ALIVE_TIMEOUT",
     "Seconds that a client's connection stays without a request, 0.1 to 3600 (default: 75).",
     "takes seconds from 0.1 to 3600", set_time_bound<&Bounds::keep_alive>},
    {"Bounds", "--stall-timeout", "SECONDS", "ALUVIA_STALL_TIMEOUT",
     "Seconds without a byte moving in a plain HTTP request and its response, 0.1 to 86400 (default: 120).",
     "takes seconds from 0.1 to 86400", set_time_bound<&Bounds::stall>},
    {"Bounds", "--dial-timeout", "SECONDS", "ALUVIA_DIAL_TIMEOUT",
     "Seconds for each try to connect to a site or the gateway, name and TLS included, 0.1 to 300 (default: 10).",
     "takes seconds from 0.1 to 300", set_time_bound<&Bounds::dial>},
    {"Bounds", "--gateway-timeout", "SECONDS", "ALUVIA_GATEWAY_TIMEOUT",
     "Seconds for the gateway's answer to CONNECT, 0.1 to 300 (default: 20).",
     "takes seconds from 0.1 to 300", set_time_bound<&Bounds::gateway_answer>},
    {"Bounds", "--tunnel-idle-timeout", "SECONDS", "ALUVIA_TUNNEL_IDLE_TIMEOUT",
     "Seconds without a byte moving in a tunnel, 0.1 to 604800; TCP keep-alive finds dead peers sooner (default: 3600).",
     "takes seconds from 0.1 to 604800", set_time_bound<&Bounds::tunnel_idle>},
    {"Bounds", "--half-closed-timeout", "SECONDS", "ALUVIA_HALF_CLOSED_TIMEOUT",
     "The same once one side of it has ended, 0.1 to 86400 (default: 60).",
     "takes seconds from 0.1 to 86400", set_time_bound<&Bounds::half_closed>},

    {"Output", "--output", "text|json", "",
     "What is printed on stdout when the proxy listens: its URL, or a JSON object (default: text).",
     "takes text or json", set_output},
    {"Output", "--ready-file", "FILE", "",
     "File that gets the URL when the proxy is ready, and is removed at the end (default: none).",
     "takes a file", set_ready_file},
    {"Output", "--log-level", "silent|info|debug", "ALUVIA_LOG_LEVEL",
     "What is logged on stderr (default: info).",
     "takes silent, info or debug", set_log_level},
    {"Output", "--log-format", "text|json", "ALUVIA_LOG_FORMAT",
     "Form of the log lines, and of the reason why a start failed (default: text).",
     "takes text or json", set_log_format},

    {"Other", "--core-dumps", "", "ALUVIA_CORE_DUMPS",
     "Let this process be traced and dump core, secrets included (default: no).",
     "takes yes or no", set_core_dumps},
    {"Other", "--config", "FILE", "ALUVIA_CONFIG",
     "Configuration file with lines such as port = 8080, named like the options (default: none).",
     "takes a file", nullptr},
};
// clang-format on

}  // namespace

std::span<const OptionRow> option_table() {
  return rows;
}

bool is_switch(std::string_view flag) {
  return std::ranges::any_of(rows,
                             [&](const OptionRow& row) { return row.flag == flag && row.value.empty(); });
}

}  // namespace aluvia::app
