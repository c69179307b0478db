// What the owner can ask a running proxy to do, as values, and what came of it. Whoever knows both planes
// carries them out; this room only understands the request and words the answer.
#pragma once

#include "base/result.hpp"
#include "config/user_network_config.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace aluvia::admin {

struct RuleCommand {
  enum class Action { add, remove, set, clear };
  Action action = Action::add;
  std::vector<std::string> rules;  ///< none with clear
  bool local = false;              ///< of this proxy only
};
struct GeoCommand {
  std::optional<std::string> geo;  ///< nothing: cleared
};
struct RotateCommand {};

using Order = std::variant<RuleCommand, GeoCommand, RotateCommand>;

/// Why an order was not carried out.
struct Refusal {
  int status = 400;       ///< HTTP, see orders of the commands: each means one exit status
  std::string_view code;  ///< a word: "token_refused"
  std::string message;    ///< one line for people
  std::string claim_url{};
  std::optional<std::chrono::seconds> retry_after{};
};

/// The outcome of a change.
struct ChangedConfig {
  ChangedConfig(config::Snapshot now, std::optional<std::vector<std::string>> gone = std::nullopt)
      : snapshot(std::move(now)), removed(std::move(gone)) {}

  config::Snapshot snapshot;  ///< holds the change
  std::optional<std::vector<std::string>>
      removed;  ///< of RuleCommand::Action::clear: the rules that stood there
};
using OrderResult = Result<ChangedConfig, Refusal>;

/// Nothing: the API has been asked and its answer is in force.
using RefreshError = std::optional<Refusal>;

/// All are called on the loop and must not wait; what they are given is called on the loop too, once, or
/// never where the proxy is stopped first.
struct Commands {
  std::function<void(Order, std::function<void(OrderResult)>)> change;
  std::function<void(std::function<void(RefreshError)>)> refresh;
  std::function<void()> stop;
};

}  // namespace aluvia::admin
