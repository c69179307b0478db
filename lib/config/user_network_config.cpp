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
  if (!user.has_rules)
    warnings.emplace_back(
        "the API's answer has no rules, which is taken as an empty list: nothing but local rules goes "
        "through "
        "the gateway; look at the account's rules in the dashboard");
  std::vector<std::string> all = user.rules;
  all.insert(all.end(), local_rules.begin(), local_rules.end());
  auto compiled = rules::RuleSet::compile(all, user.auto_hostnames, warnings);
  if (compiled.uses_auto() && user.auto_hostnames.empty())
    warnings.emplace_back(
        "AUTO is among the rules, but the API gives no list for it: it matches no host; name the hosts in "
        "rules "
        "of their own");
  return compiled;
}

}  // namespace

NewSnapshot make_snapshot(const UserResponse& user, const GatewayEndpoint& gateway,
                          const std::vector<std::string>& local_rules, std::string etag,
                          std::uint64_t version, std::vector<std::string>& warnings) {
  auto config = std::make_shared<UserNetworkConfig>();
  config->version = version;
  config->gateway = gateway;
  config->gateway_authorization = basic_authorization(user);
  const auto known = static_cast<std::ptrdiff_t>(warnings.size());
  config->rules = compile_rules(user, local_rules, warnings);
  config->warnings = user.warnings;
  config->warnings.insert(config->warnings.end(), warnings.begin() + known, warnings.end());
  config->rule_texts = user.rules;
  config->local_rules = local_rules;
  config->session_id = user.session_id;
  config->target_geo = user.target_geo;
  config->etag = std::move(etag);
  return config;
}

}  // namespace aluvia::config
