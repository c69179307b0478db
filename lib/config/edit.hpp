// What can be changed about a running configuration, and why a change was not made. Values only.
#pragma once

#include "base/result.hpp"
#include "config/user_network_config.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace aluvia::config {

/// The account's whole list, replaced; the last writer wins.
struct SetRules {
  std::vector<std::string> rules;
};
/// Behind the account's rules; one that stands there already is not added twice.
struct AddRules {
  std::vector<std::string> rules;
};
/// White space around a rule and letter case do not count. One that is not there is an error, and then
/// nothing is removed.
struct RemoveRules {
  std::vector<std::string> rules;
};
/// Removes all rules of the account, those of other writers too; with `local`, those of this proxy alone.
struct ClearRules {
  bool local = false;
  /// Gets the rules that stood there, before `done` is called. Null: not wanted.
  std::shared_ptr<std::vector<std::string>> removed{};
};
struct SetGeo {
  std::optional<std::string> geo;  ///< nothing: cleared
};
struct SetSession {
  std::optional<std::string> session_id;  ///< nothing: cleared
};
/// A fresh session id, made here: random letters and digits.
struct RotateSession {};
/// This proxy's own rules: the account and other proxies do not see them, and they end with the process.
struct SetLocalRules {
  std::vector<std::string> rules;  ///< all of them, in one step
};
struct AddLocalRules {
  std::vector<std::string> rules;
};
struct RemoveLocalRules {
  std::vector<std::string> rules;
};

using Edit = std::variant<SetRules, AddRules, RemoveRules, SetGeo, SetSession, RotateSession, SetLocalRules,
                          AddLocalRules, RemoveLocalRules, ClearRules>;

struct ChangeError {
  enum class Kind {
    invalid,           ///< refused here, before anything was sent
    rejected,          ///< the API does not take it: 422 and other 4xx
    token_refused,     ///< 401 or 403
    payment_required,  ///< 402, see `claim_url`
    rate_limited,      ///< 429, see `retry_after`
    api_error,         ///< 5xx and what has no meaning
    unreachable,       ///< no answer: whether the change was made is not known
    bad_answer,        ///< an answer that makes no sense: likewise
    conflict,          ///< others changed the rules all the time
    not_running,       ///< there is no configuration that could be changed
  };
  Kind kind = Kind::invalid;
  std::optional<int> status;
  std::string message;    ///< one line for people; no secret
  std::string claim_url;  ///< with payment_required, where the API named one
  std::optional<std::chrono::seconds> retry_after;
};

/// The snapshot that holds the change; also where nothing had to be changed.
using ChangeResult = Result<config::Snapshot, ChangeError>;
using ChangeDone = std::function<void(ChangeResult)>;

}  // namespace aluvia::config
