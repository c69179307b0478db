// The snapshot: one immutable configuration, made by the control plane, read by the data plane, swapped whole
// (specification §4.1). Credentials, rules and session belong together and are never mixed between two of
// them.
#pragma once

#include "base/secret.hpp"
#include "config/gateway_endpoint.hpp"
#include "config/user_response.hpp"
#include "rules/rule_set.hpp"

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
  std::vector<std::string> local_rules;  ///< on top of them, of this proxy only
  std::optional<std::string> session_id;
  std::optional<std::string> target_geo;
  /// Sentences for the owner: what was skipped in the API's answer, rules that cannot be used, AUTO without a
  /// list. Printable; at most some 30.
  std::vector<std::string> warnings;
  std::string etag;  ///< for If-None-Match; empty where the API sent none
};

using Snapshot = std::shared_ptr<const UserNetworkConfig>;
using NewSnapshot = std::shared_ptr<UserNetworkConfig>;  ///< before anything else sees it

/// Compiles the rules and writes the credentials down in the form in which they are sent. `local_rules` (the
/// options, and what was added since) come on top of the account's. The snapshot's warnings but those
/// of `user` are appended to `warnings`, too.
NewSnapshot make_snapshot(const UserResponse& user, const GatewayEndpoint& gateway,
                          const std::vector<std::string>& local_rules, std::string etag,
                          std::uint64_t version, std::vector<std::string>& warnings);

}  // namespace aluvia::config
