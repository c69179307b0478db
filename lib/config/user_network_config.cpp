#include "config/user_network_config.hpp"

#include "base/base64.hpp"

#include <algorithm>
#include <iterator>

namespace aluvia::config {
namespace {

// RFC 7617 §2.
Secret basic_authorization(const UserResponse& user) {
  SecretString pair(user.proxy_username.reveal());
  pair.append(":").append(user.proxy_password.reveal());
  SecretString value("Basic ");
  value.append(base64_encode_secret(pair));
  return Secret(std::move(value));
}

rules::RuleSet compile_rules(const UserResponse& user, const std::vector<std::string>& local_rules,
                             std::vector<std::string>& warnings, const std::vector<std::string>* learned) {
  if (!user.has_rules)
    warnings.emplace_back(
        "the API's answer has no rules, which is taken as an empty list: nothing but local rules goes "
        "through "
        "the gateway; look at the account's rules in the dashboard");
  std::vector<std::string> all = user.rules;
  std::remove_copy_if(local_rules.begin(), local_rules.end(), std::back_inserter(all),
                      policy::is_beyond_rules);
  if (learned) return rules::RuleSet::compile(all, user.auto_hostnames, warnings, *learned);
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
                          std::uint64_t version, std::vector<std::string>& warnings,
                          const std::vector<std::string>* learned) {
  auto config = std::make_shared<UserNetworkConfig>();
  config->version = version;
  config->gateway = gateway;
  config->gateway_authorization = basic_authorization(user);
  const auto known = static_cast<std::ptrdiff_t>(warnings.size());
  config->rules = compile_rules(user, local_rules, warnings, learned);
  config->warnings = user.warnings;
  config->warnings.insert(config->warnings.end(), warnings.begin() + known, warnings.end());
  config->rule_texts = user.rules;
  config->local_rules = local_rules;
  config->own_rules = policy::LocalRules::compile(local_rules);
  config->session_id = user.session_id;
  config->target_geo = user.target_geo;
  config->etag = std::move(etag);
  return config;
}

}  // namespace aluvia::config
