#include "config/user_network_config.hpp"

#include "base/base64.hpp"

namespace aluvia::config {
namespace {

// RFC 7617 §2. Every buffer that held the credentials has its final size from the start, so that no growth
// leaves a copy behind, and is wiped when it has been used.
Secret basic_authorization(const UserResponse& user) {
  const std::string_view name = user.proxy_username.reveal();
  const std::string_view password = user.proxy_password.reveal();
  std::string pair;
  pair.reserve(name.size() + 1 + password.size());
  pair.append(name).append(":").append(password);
  std::string encoded = base64_encode(pair);
  wipe(pair);

  static constexpr std::string_view scheme = "Basic ";
  std::string value;
  value.reserve(scheme.size() + encoded.size());
  value.append(scheme).append(encoded);
  wipe(encoded);
  Secret secret(std::move(value));
  wipe(value);  // a short string is still there after the move
  return secret;
}

rules::RuleSet compile_rules(const UserResponse& user, const std::vector<std::string>& local_rules,
                             std::vector<std::string>& warnings) {
  std::vector<std::string> all = user.rules;
  all.insert(all.end(), local_rules.begin(), local_rules.end());
  return rules::RuleSet::compile(all, user.auto_hostnames, warnings);
}

}  // namespace

Snapshot make_snapshot(const UserResponse& user, const GatewayEndpoint& gateway,
                       const std::vector<std::string>& local_rules, std::string etag, std::uint64_t version,
                       std::vector<std::string>& warnings) {
  auto config = std::make_shared<UserNetworkConfig>();
  config->version = version;
  config->gateway = gateway;
  config->gateway_authorization = basic_authorization(user);
  config->rules = compile_rules(user, local_rules, warnings);
  config->rule_texts = user.rules;
  config->local_rules = local_rules;
  config->session_id = user.session_id;
  config->target_geo = user.target_geo;
  config->etag = std::move(etag);
  return config;
}

}  // namespace aluvia::config
