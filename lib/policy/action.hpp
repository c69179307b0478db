// Action: says what the policy does with a request.
#pragma once

#include <string_view>

namespace aluvia::policy {

enum class Action {
  forward,  ///< it goes where the rules send it
  audit,    ///< likewise, although an allow-list would have blocked it
  block,    ///< it never leaves
};

/// "forward", "audit" or "block": in logs, metrics and JSON.
constexpr std::string_view name(Action action) noexcept {
  switch (action) {
    case Action::forward:
      return "forward";
    case Action::audit:
      return "audit";
    case Action::block:
      break;
  }
  return "block";
}

}  // namespace aluvia::policy
