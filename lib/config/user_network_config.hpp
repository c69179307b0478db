// UserNetworkConfig, the snapshot: one immutable configuration, made by the control plane, read by the data
// plane, replaced as a whole (specification §4.1), so that credentials, rules and session of two
// configurations never mix.
#pragma once

#include "base/secret.hpp"
#include "config/gateway_endpoint.hpp"
#include "config/user_response.hpp"
#include "policy/local_rules.hpp"
#include "policy/policy.hpp"
#include "rules/rule_set.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aluvia::config {

struct UserNetworkConfig {
  std::uint64_t version = 0;  ///< 1 for the first snapshot of a process, then counting up
  GatewayEndpoint gateway;
  Secret gateway_authorization;  ///< "Basic …" made of proxy_username and proxy_password
  rules::RuleSet rules;
  std::vector<std::string> rule_texts;   ///< as the API sent them
  std::vector<std::string> local_rules;  ///< of this proxy only, in addition
  policy::LocalRules own_rules;          ///< those of local_rules that `rules` cannot hold
  policy::SharedPolicy policy;           ///< of this proxy only; null: none
  std::optional<std::string> session_id;
  std::optional<std::string> target_geo;
  /// Sentences for the owner about entries that were skipped in the API's response, invalid rules, and AUTO
  /// without a list. Printable; at most about 30.
  std::vector<std::string> warnings;
  std::string etag;  ///< for If-None-Match; empty if the API sent none

  /// Returns the number of valid rules, the account's and the local ones.
  std::size_t rule_count() const noexcept { return rules.size() + own_rules.size(); }
};

using Snapshot = std::shared_ptr<const UserNetworkConfig>;
using NewSnapshot = std::shared_ptr<UserNetworkConfig>;  ///< before it is published

/// Compiles the rules and encodes the credentials as they are sent. `local_rules` (those of the options, and
/// those added later) are added to the account's. The snapshot has no policy. Appends to `warnings` those of
/// the snapshot, except those of `user`. AUTO includes the hosts in `learned`, which is null if this proxy
/// learns none.
NewSnapshot make_snapshot(const UserResponse& user, const GatewayEndpoint& gateway,
                          const std::vector<std::string>& local_rules, std::string etag,
                          std::uint64_t version, std::vector<std::string>& warnings,
                          const std::vector<std::string>* learned = nullptr);

}  // namespace aluvia::config
