// Edits of a running configuration and the result of one. Values only.
#pragma once

#include "base/result.hpp"
#include "config/api_error.hpp"
#include "config/user_network_config.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace aluvia::config {

/// The account's whole list, replaced; the last writer wins.
struct SetRules {
  std::vector<std::string> rules;
};
/// Appended to the account's rules; a rule that stands there already is not added twice.
struct AddRules {
  std::vector<std::string> rules;
};
/// White space around a rule and letter case do not count. A rule that is not there is an error, and then
/// nothing is removed.
struct RemoveRules {
  std::vector<std::string> rules;
};
/// Removes all rules of the account, those of other writers too; with `local`, those of this proxy alone.
struct ClearRules {
  bool local = false;
};
struct SetGeo {
  std::optional<std::string> geo;  ///< nothing: clears it
};
struct SetSession {
  std::optional<std::string> session_id;  ///< nothing: clears it
};
/// A fresh session id of random letters and digits, made by this proxy.
struct RotateSession {};
/// Rules of this proxy alone: the account and other proxies do not see them, and they end with the process.
struct SetLocalRules {
  std::vector<std::string> rules;  ///< replaces them all in one step
};
struct AddLocalRules {
  std::vector<std::string> rules;
};
struct RemoveLocalRules {
  std::vector<std::string> rules;
};

using Edit = std::variant<SetRules, AddRules, RemoveRules, SetGeo, SetSession, RotateSession, SetLocalRules,
                          AddLocalRules, RemoveLocalRules, ClearRules>;

/// The outcome of a change.
struct ChangedConfig {
  Snapshot snapshot;  ///< holds the change; the one in use where nothing had to be changed
  std::optional<std::vector<std::string>> removed{};  ///< after ClearRules: the rules that stood there
};
using ChangeResult = Result<ChangedConfig, ApiError>;
using ChangeDone = std::function<void(ChangeResult)>;

}  // namespace aluvia::config
