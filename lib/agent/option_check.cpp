#include "agent/option_check.hpp"

#include "agent/option_range.hpp"
#include "api/api_options_check.hpp"
#include "api/base_url.hpp"
#include "base/ascii.hpp"
#include "http/authority.hpp"
#include "http/basic_credentials.hpp"
#include "ledger/price.hpp"
#include "net/addresses.hpp"
#include "net/endpoint.hpp"
#include "net/listener.hpp"
#include "net/tls.hpp"
#include "policy/local_rules.hpp"

#include <utility>

#include <fmt/format.h>

namespace aluvia::agent {
namespace {

// Throws unless `is_good`. `takes` completes "it takes …".
void require(bool is_good, OptionId option, std::string_view takes) {
  if (!is_good) throw InvalidOptionError(option, fmt::format("it takes {}", takes));
}

// Throws unless `error`, a sentence, is empty.
void reject(OptionId option, const std::string& error) {
  if (!error.empty()) throw InvalidOptionError(option, error);
}

void check_token(const Secret& token) {
  if (token.empty()) throw MissingUserTokenError("the user API token is missing");
  reject(OptionId::token, api::token_error(token));
}

void check_ranges(const AgentConnectClientOptions& options) {
  for (const OptionRange& range : option_ranges()) {
    const auto value = range.get(options);
    require(!value || range.holds(*value), range.id, range.text());
  }
}

void check_ca_file(OptionId option, const std::string& path) {
  if (path.empty()) return;
  if (const auto context = net::TlsContext::create(path); !context) reject(option, context.error());
}

void check_api(const AgentConnectClientOptions& options) {
  if (const auto url = api::parse_base_url(options.api_base_url); !url) {
    reject(OptionId::api_base_url, url.error());
  }
  check_ca_file(OptionId::api_ca, options.api_ca);
  reject(OptionId::connection_id, api::connection_id_error(options.connection_id));
}

// Returns the host in the spelling of the data plane.
std::string checked_gateway_host(const AgentConnectClientOptions& options) {
  auto host = http::parse_host(options.gateway_host);
  require(host.has_value(), OptionId::gateway_host, "a host name or an IP address, without a port");
  return std::move(host->host);
}

bool is_dns_server(std::string_view text) {
  const auto server = http::parse_authority(text, 53);
  if (server) return server->kind != http::HostKind::name;
  const auto bare = http::parse_host(text);  // IPv6 without brackets
  return bare && bare->kind == http::HostKind::ipv6;
}

// Checks the list here, because c-ares ignores invalid servers without an error.
void check_dns_servers(std::string_view servers) {
  while (!servers.empty()) {
    const auto comma = servers.find(',');
    require(is_dns_server(servers.substr(0, comma)), OptionId::dns_server,
            "IP addresses with or without a port, separated by commas");
    servers.remove_prefix(comma == std::string_view::npos ? servers.size() : comma + 1);
  }
}

// Rejects invalid local rules; invalid rules of the account are ignored with a warning.
void check_local_rules(const std::vector<std::string>& local_rules) {
  for (const std::string& rule : local_rules) reject(OptionId::rule, policy::local_rule_error(rule));
}

void check_policy(const policy::PolicyTexts& policy) {
  reject(OptionId::block, policy::policy_error({policy.block, {}}));
  reject(OptionId::only, policy::policy_error({{}, policy.only}));
  reject(OptionId::budget, policy::budgets_error(policy.budgets, policy.price));
}

void check_admission(const AgentConnectClientOptions& options) {
  const std::string_view auth = options.proxy_auth.reveal();
  require(auth.empty() || http::is_user_and_password(auth), OptionId::proxy_auth,
          "USER:PASSWORD, at most 255 printable ASCII characters");
  for (const std::string& network : options.allow_from) {
    if (const auto range = net::AddressRange::parse(network); !range)
      reject(OptionId::allow_from, range.error());
  }
}

net::Address local_address(std::string_view host) {
  if (ascii::equals_ignoring_case(host, "localhost")) return asio::ip::address_v4::loopback();
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  std::error_code error;
  net::Address address =
      net::unmapped(asio::ip::make_address(in_brackets ? host.substr(1, host.size() - 2) : host, error));
  require(!error && host.find('%') == host.npos, OptionId::host,
          "an IP address of this machine, such as 127.0.0.1");
  return address;
}

[[noreturn]] void disagree(OptionId option, const std::string& value, const net::Endpoint& passed) {
  throw InvalidOptionError(
      option,
      fmt::format("{} is not where the socket that was passed listens, {} port {}; give the same here "
                  "and in ListenStream= of the .socket unit",
                  value, passed.address().to_string(), passed.port()));
}

// Takes the address of a passed socket. A host or port that is set must agree with it; the default host and
// port 0 always do.
void follow_passed_socket(AgentConnectClientOptions& options, net::Address& host) {
  const auto passed = net::listening_endpoint(options.listening_socket);
  require(passed.has_value(), OptionId::listening_socket, "a listening TCP socket");
  const auto address = net::unmapped(passed->address());
  const bool says_host = host != asio::ip::address_v4::loopback();
  if (says_host && host != address) disagree(OptionId::host, host.to_string(), *passed);
  const bool says_port = options.local_port != 0;
  if (says_port && options.local_port != passed->port())
    disagree(OptionId::port, std::to_string(options.local_port), *passed);
  options.local_port = passed->port();
  host = address;
}

void check_reach(const AgentConnectClientOptions& options, const net::Address& host) {
  const bool is_guarded = !options.proxy_auth.empty() || !options.allow_from.empty();
  if (host.is_loopback() || is_guarded) return;
  throw InvalidOptionError(
      OptionId::host,
      fmt::format(
          "everyone who can connect to {}{} could use the account; beyond loopback, set proxy-auth or "
          "allow-from as well",
          host.to_string(), options.listening_socket < 0 ? "" : ", the socket that was passed,"));
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
  check_ranges(options);
  check_api(options);
  options.gateway_host = checked_gateway_host(options);
  check_ca_file(OptionId::gateway_ca, options.gateway_ca);
  check_dns_servers(options.dns_servers);
  check_local_rules(options.local_rules);
  require(!options.price || ledger::is_price(*options.price), OptionId::price, ledger::price_range);
  options.policy.price = options.price;
  check_policy(options.policy);
  check_admission(options);
  check_local_address(options);
  return options;
}

}  // namespace aluvia::agent
