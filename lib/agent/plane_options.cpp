#include "agent/plane_options.hpp"

#include <algorithm>

namespace aluvia::agent {

config::GatewayEndpoint gateway_of(const AgentConnectClientOptions& options) {
  return {options.gateway_protocol, options.gateway_host,
          options.gateway_port.value_or(config::default_gateway_port(options.gateway_protocol))};
}

control::ControlOptions control_options_of(const AgentConnectClientOptions& options) {
  control::ControlOptions out;
  out.poll_interval = options.poll_interval;
  out.gateway = gateway_of(options);
  out.local_rules = options.local_rules;
  if (!options.policy.empty()) out.policy = std::make_shared<const policy::Policy>(options.policy);
  out.price = options.price;
  if (options.auto_mode != learn::Mode::off) out.learned.emplace();
  out.connection_id = options.connection_id;
  out.wait_for_api = options.wait_for_api;
  out.config_cache = options.config_cache;
  out.token_file = options.token_file;
  out.api_base_url = options.api_base_url;
  out.token = options.token;
  return out;
}

proxy::ProxyOptions proxy_options_of(const AgentConnectClientOptions& options) {
  proxy::ProxyOptions out;
  out.host = asio::ip::make_address(options.local_host);  // checked by the client's constructor
  out.port = options.local_port;
  out.listening_socket = options.listening_socket;
  out.dns_servers = options.dns_servers;
  out.gateway_tls = options.gateway_protocol == config::GatewayProtocol::https;
  out.gateway_ca = options.gateway_ca;
  out.gateway_warm = options.gateway_warm;
  out.early_connect = options.early_connect;
  out.admission.proxy_auth = options.proxy_auth;
  for (const std::string& network : options.allow_from) {
    out.admission.allow_from.push_back(*net::AddressRange::parse(network));
  }
  out.guard = {options.allow_metadata, options.deny_private, options.allow_loopback_names};
  out.emulated_origin = options.emulated_origin;
  out.reports.logs_requests = options.logs_requests;
  out.limits = options.limits;
  out.limits.response_head = {out.limits.head.bytes,
                              std::max(out.limits.head.fields, http::response_head_limits.fields)};
  out.limits.drain = options.drain.value_or(proxy::Limits::never_drain);
  return out;
}

}  // namespace aluvia::agent
