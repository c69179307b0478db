// Policy: the hosts that this proxy blocks, those that alone it allows, and its budgets; immutable, shared by
// snapshots.
//
// Policy comes before the rules, loopback included: a request that it blocks never leaves. Block patterns win
// over the allow-list. An allow-list without patterns is none, unless it audits: then it lists every host.
#pragma once

#include "policy/action.hpp"
#include "policy/budget_spec.hpp"
#include "policy/network.hpp"
#include "policy/pattern_set.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::policy {

/// The patterns as people wrote them.
struct PolicyTexts {
  std::vector<std::string> block;
  std::vector<std::string> only;       ///< the allow-list
  bool audits_only = false;            ///< requests outside the allow-list are logged and let through
  std::vector<std::string> budgets{};  ///< of gateway bytes (policy/budget_spec.hpp)
  std::optional<double> price{};  ///< of 10⁹ bytes, for budgets in money; a change of a policy keeps it

  bool has_allow_list() const noexcept { return audits_only || !only.empty(); }
  bool empty() const noexcept { return block.empty() && !has_allow_list() && budgets.empty(); }
  friend bool operator==(const PolicyTexts&, const PolicyTexts&) = default;
};

/// Returns one sentence for the first invalid pattern or budget, or an empty text.
std::string policy_error(const PolicyTexts& texts);

struct Verdict {
  Action action = Action::forward;
  std::string_view policy;  ///< "block PATTERN" or no_only_pattern; empty for Action::forward
};

inline constexpr std::string_view no_only_pattern = "no only pattern matches";

class Policy {
 public:
  /// Precondition: policy_error() is empty; invalid patterns would be ignored.
  explicit Policy(PolicyTexts texts);

  /// `host` is canonical (host/host.hpp). The verdict's text lives as long as this policy.
  Verdict judge(std::string_view host, std::uint16_t port) const noexcept;

  /// Returns "block NETWORK" if an address to which a name leads is blocked, else an empty text. An
  /// allow-list knows names by their text only.
  std::string_view block_of_address(const AddressBytes& address, std::uint16_t port) const noexcept {
    return block_.find_address(address, port);
  }
  bool blocks_networks() const noexcept { return block_.has_networks(); }

  std::span<const BudgetSpec> budgets() const noexcept { return budgets_; }
  const PolicyTexts& texts() const noexcept { return texts_; }

 private:
  PolicyTexts texts_;
  PatternSet block_;
  PatternSet only_;
  std::vector<BudgetSpec> budgets_;
};

using SharedPolicy = std::shared_ptr<const Policy>;

}  // namespace aluvia::policy
