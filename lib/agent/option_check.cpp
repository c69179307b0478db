#include "agent/option_check.hpp"

#include "api/api_options_check.hpp"
#include "api/base_url.hpp"
#include "base/ascii.hpp"
#include "config/user_change.hpp"
#include "http/authority.hpp"
#include "http/basic_credentials.hpp"
#include "net/addresses.hpp"
#include "net/endpoint.hpp"
#include "net/listener.hpp"
#include "net/tls.hpp"

#include <utility>

#include <fmt/format.h>

namespace aluvia::agent {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds shortest_poll_interval{1000};
constexpr milliseconds longest_poll_interval = std::chrono::hours(24);
constexpr std::size_t most_warm = 64;
constexpr milliseconds longest_wait_for_api = std::chrono::hours(24);
constexpr milliseconds longest_grace = std::chrono::hours(1);

void require(bool sound, const char* option, std::string_view takes) {
  if (!sound) throw InvalidOptionError(option, fmt::format("{} {}", option, takes));
}

// `complaint` is a sentence, or empty.
void refuse(const char* option, const std::string& complaint) {
  if (!complaint.empty()) throw InvalidOptionError(option, fmt::format("{}: {}", option, complaint));
}

void check_token(const Secret& token) {
  if (token.empty()) {
    throw MissingUserTokenError("no user API token: give it with --token, --token-file or ALUVIA_TOKEN");
  }
  refuse("--token", api::token_error(token));
}

void check_times(const AgentConnectClientOptions& options) {
  require(options.poll_interval >= shortest_poll_interval && options.poll_interval <= longest_poll_interval,
          "--poll-interval", "takes milliseconds from 1000 to 86400000");
  require(options.wait_for_api >= milliseconds::zero() && options.wait_for_api <= longest_wait_for_api,
          "--wait-for-api", "takes seconds from 0 to 86400");
  const milliseconds drain = options.drain.value_or(milliseconds::zero());
  require(drain >= milliseconds::zero() && drain <= longest_grace, "--drain",
          "takes seconds from 0 to 3600, or never");
  require(options.shutdown_grace >= milliseconds::zero() && options.shutdown_grace <= longest_grace,
          "--shutdown-grace", "takes seconds from 0 to 3600");
}

void check_bounds(const Bounds& bounds) {
  for (const NumberBound& one : number_bounds()) {
    const std::size_t value = bounds.*one.value;
    require(value >= one.least && value <= one.most, one.option, one.takes());
  }
  for (const TimeBound& one : time_bounds()) {
    const Bounds::Time value = bounds.*one.value;
    require(value >= one.least && value <= one.most, one.option, one.takes());
  }
}

void check_api(const AgentConnectClientOptions& options) {
  if (const auto url = api::parse_base_url(options.api_base_url); !url) {
    refuse("--api-base-url", url.error());
  }
  refuse("--api-ca", api::ca_error(options.api_ca));
  refuse("--connection-id", api::connection_id_error(options.connection_id));
}

// The answer is the host as the data plane spells it.
std::string checked_gateway_host(const AgentConnectClientOptions& options) {
  auto host = http::parse_host(options.gateway_host);
  require(host.has_value(), "--gateway-host", "takes a host name or an IP address, without a port");
  return std::move(host->host);
}

void check_gateway(const AgentConnectClientOptions& options) {
  require(options.gateway_port != std::uint16_t{0}, "--gateway-port", "takes a port from 1 to 65535");
  require(options.gateway_warm <= most_warm, "--gateway-warm", "takes a number from 0 to 64");
  if (options.gateway_ca.empty()) return;
  refuse("--gateway-ca", api::ca_error(options.gateway_ca));
  if (const auto context = net::TlsContext::create(options.gateway_ca); !context) {
    refuse("--gateway-ca", context.error());
  }
}

bool is_dns_server(std::string_view text) {
  const auto server = http::parse_authority(text, 53);
  if (server) return server->kind != http::HostKind::name;
  const auto bare = http::parse_host(text);  // IPv6 without brackets
  return bare && bare->kind == http::HostKind::ipv6;
}

// The resolver's library takes what it understands of a list and says nothing of the rest.
void check_dns_servers(std::string_view servers) {
  while (!servers.empty()) {
    const auto comma = servers.find(',');
    require(is_dns_server(servers.substr(0, comma)), "--dns-server",
            "takes IP addresses with or without a port, separated by commas");
    servers.remove_prefix(comma == std::string_view::npos ? servers.size() : comma + 1);
  }
}

// Unlike the account's, which are left out where they make no sense, the user's own are refused.
void check_local_rules(const std::vector<std::string>& local_rules) {
  for (const std::string& rule : local_rules) refuse("--rule", config::rule_error(rule));
}

void check_admission(const AgentConnectClientOptions& options) {
  const std::string_view auth = options.proxy_auth.reveal();
  require(auth.empty() || http::is_user_and_password(auth), "--proxy-auth",
          "takes USER:PASSWORD, at most 255 printable ASCII characters");
  for (const std::string& network : options.allow_from) {
    if (const auto range = net::AddressRange::parse(network); !range) refuse("--allow-from", range.error());
  }
}

net::Address local_address(std::string_view host) {
  if (ascii::equals_ignoring_case(host, "localhost")) return asio::ip::address_v4::loopback();
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  std::error_code error;
  net::Address address =
      net::unmapped(asio::ip::make_address(in_brackets ? host.substr(1, host.size() - 2) : host, error));
  require(!error && host.find('%') == host.npos, "--host",
          "takes an IP address of this machine, such as 127.0.0.1");
  return address;
}

[[noreturn]] void disagree(const char* option, const std::string& value, const net::Endpoint& passed) {
  throw InvalidOptionError(
      option,
      fmt::format("{} {}: the socket that was passed listens on {} port {}; give the same here and in "
                  "ListenStream= of the .socket unit",
                  option, value, passed.address().to_string(), passed.port()));
}

// What is set beside a passed socket must say the same; the default host and port 0 say nothing.
void follow_passed_socket(AgentConnectClientOptions& options, net::Address& host) {
  const auto passed = net::listening_endpoint(options.listening_socket);
  require(passed.has_value(), "listening_socket", "takes a listening TCP socket");
  const auto address = net::unmapped(passed->address());
  const bool says_host = host != asio::ip::address_v4::loopback();
  if (says_host && host != address) disagree("--host", host.to_string(), *passed);
  const bool says_port = options.local_port != 0;
  if (says_port && options.local_port != passed->port())
    disagree("--port", std::to_string(options.local_port), *passed);
  options.local_port = passed->port();
  host = address;
}

void check_reach(const AgentConnectClientOptions& options, const net::Address& host) {
  const bool is_guarded = !options.proxy_auth.empty() || !options.allow_from.empty();
  if (host.is_loopback() || is_guarded) return;
  throw InvalidOptionError(
      "--host",
      fmt::format("--host {}{}: anybody who can connect to the proxy uses the account, so an address "
                  "beyond loopback needs --proxy-auth or --allow-from",
                  host.to_string(), options.listening_socket < 0 ? "" : " (the socket that was passed)"));
}

void check_local_address(AgentConnectClientOptions& options) {
  auto host = local_address(options.local_host);
  if (options.listening_socket >= 0) follow_passed_socket(options, host);
  check_reach(options, host);
  options.local_host = host.to_string();
}

}  // namespace

AgentConnectClientOptions checked(AgentConnectClientOptions options) {
  check_token(options.token);
  check_times(options);
  check_bounds(options.bounds);
  check_api(options);
  options.gateway_host = checked_gateway_host(options);
  check_gateway(options);
  check_dns_servers(options.dns_servers);
  check_local_rules(options.local_rules);
  check_admission(options);
  check_local_address(options);
  return options;
}

}  // namespace aluvia::agent
