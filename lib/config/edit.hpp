// Edits of a running configuration and the result of one. Values only.
#pragma once

#include "base/result.hpp"
#include "config/api_error.hpp"
#include "config/user_network_config.hpp"
#include "policy/policy.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace aluvia::config {

/// Replaces the account's whole list; the last writer wins.
struct SetRules {
  std::vector<std::string> rules;
};
/// Appends to the account's rules; does not add a rule twice.
struct AddRules {
  std::vector<std::string> rules;
};
/// Removes rules of the account, compared without letter case and the white space around them. If one is
/// missing, that is an error and none is removed.
struct RemoveRules {
  std::vector<std::string> rules;
};
/// Removes all rules of the account, also those of other writers; with `local`, those of this proxy only.
struct ClearRules {
  bool local = false;
};
struct SetGeo {
  std::optional<std::string> geo;  ///< nothing: clears it
};
struct SetSession {
  std::optional<std::string> session_id;  ///< nothing: clears it
};
/// Sets a session id of random letters and digits, which this proxy makes.
struct RotateSession {};
/// Edits the rules of this proxy only. The account and other proxies do not see them, and they end with the
/// process.
struct SetLocalRules {
  std::vector<std::string> rules;  ///< replaces them all in one step
};
struct AddLocalRules {
  std::vector<std::string> rules;
};
struct RemoveLocalRules {
  std::vector<std::string> rules;
};

/// Edits the policy of this proxy, which ends with the process. Adding does not add a pattern twice; of
/// patterns to remove, a missing one is an error, and none is removed.
struct SetPolicy {
  policy::PolicyTexts policy;  ///< replaces all in one step
};
struct AddPolicy {
  policy::PolicyTexts policy;  ///< `audits_only`: switches the audit on
};
struct RemovePolicy {
  policy::PolicyTexts policy;  ///< `audits_only`: switches the audit off
};

/// Replaces the hosts that AUTO has learned. The proxy makes this edit itself, when they change.
struct SetLearned {
  std::vector<std::string> hosts;
};

using Edit =
    std::variant<SetRules, AddRules, RemoveRules, SetGeo, SetSession, RotateSession, SetLocalRules,
                 AddLocalRules, RemoveLocalRules, ClearRules, SetPolicy, AddPolicy, RemovePolicy, SetLearned>;

/// The result of a change.
struct ChangedConfig {
  Snapshot snapshot;  ///< holds the change; the current one if the edit changes nothing
  std::optional<std::vector<std::string>> removed{};  ///< after ClearRules: the removed rules
  Snapshot before{};  ///< the configuration that the change was made on; null where that is not known
};
using ChangeResult = Result<ChangedConfig, ApiError>;
using ChangeDone = std::function<void(ChangeResult)>;

}  // namespace aluvia::config
