// BudgetKeeper: keeps the budgets of the gateway: closes it for the requests of a budget that is used up,
// opens it again in the next period, and logs both.
#pragma once

#include "base/logger.hpp"
#include "base/result.hpp"
#include "budget/budget_book.hpp"
#include "budget/budget_share.hpp"
#include "http/authority.hpp"
#include "loop/deadline.hpp"
#include "net/wire_count.hpp"
#include "policy/policy.hpp"
#include "proxy/proxy_error.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace aluvia::proxy {

/// Bytes that went through the gateway in a time.
struct GatewayBytes {
  std::uint64_t total = 0;
  std::vector<std::pair<std::string, std::uint64_t>> hosts{};  ///< maybe without the smallest ones
};

struct BudgetOptions {
  using Seconds = budget::Seconds;
  using Answer = std::function<void(Result<GatewayBytes, std::string>)>;
  /// Asks for what is known of the time since `since`, up to this call. Calls `answer` on the loop, and drops
  /// it where the loop ends first; an error is one phrase. Empty: budgets begin at zero.
  std::function<void(Seconds since, Answer answer)> spent_since{};
  std::function<Seconds()> clock{};  ///< Unix time, for tests; empty: the system's
};

class BudgetKeeper;

/// The bytes that one request may move through the gateway.
class RequestBudget final : public net::WireAllowance {
 public:
  RequestBudget(BudgetKeeper& keeper, std::vector<budget::SharedBudget> budgets)
      : keeper_(keeper), share_(std::move(budgets)) {}

  Grant grant() noexcept override { return {share_.left(), share_.new_receive_buffer()}; }
  void spend(std::uint64_t bytes) noexcept override;
  bool is_spent() const noexcept { return share_.left() == 0; }
  bool counts_in(const std::vector<budget::SharedBudget>& budgets) const noexcept {
    return share_.budgets() == budgets;
  }

 private:
  BudgetKeeper& keeper_;
  budget::BudgetShare share_;
};

/// Loop thread only. Outlives all requests.
class BudgetKeeper {
 public:
  BudgetKeeper(loop::Loop& loop, const Logger& logger, BudgetOptions options);

  /// `action` is called when budgets have closed or opened: routes must be decided again.
  void on_change(std::function<void()> action) { on_change_ = std::move(action); }
  /// Puts the budgets of `policy` in force; null: none. Precondition: all bytes that have moved are counted.
  void follow(const policy::Policy* policy);

  bool empty() const noexcept { return book_.empty(); }
  enum class Asker { new_request, open_request };
  /// Returns a budget that is closed for this request, or null. Valid until follow(). A request that is open
  /// goes on while it is not known what was spent.
  const policy::BudgetSpec* closed_for(const http::Authority& authority, Asker asker) const noexcept;
  /// Returns true if a budget for every host is closed.
  bool is_closed_for_all() const noexcept;
  /// Returns the answer to a request that closed_for() names a budget for.
  ProxyError rejection(const http::Authority& authority) const;

  /// Returns the limit of a request to `authority`, which is `before` if that is still right; null: none.
  std::unique_ptr<RequestBudget> open(const http::Authority& authority,
                                      std::unique_ptr<RequestBudget> before);

  std::vector<budget::BudgetView> view() const { return book_.view(); }
  /// Returns those that cover `host`.
  std::vector<budget::BudgetView> view_of(const http::Authority& authority) const;

 private:
  friend class RequestBudget;
  using Seconds = budget::Seconds;

  Seconds now() const;
  void note() noexcept;
  void look();
  void wait();
  bool report(budget::Budget& budget);
  void ask(const budget::SharedBudget& budget);
  void learn(budget::Budget& budget, Seconds since, Result<GatewayBytes, std::string> spent);
  std::string reason(const budget::Budget& budget) const;

  const Logger& logger_;
  const BudgetOptions options_;
  budget::BudgetBook book_;
  std::function<void()> on_change_;
  // Answers that come when the keeper has gone find this expired.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::vector<std::weak_ptr<budget::Budget>> unknown_;  // to be asked for again
  bool has_changed_ = false;                            // routes must be decided again at the next look
  loop::Deadline next_look_;
};

}  // namespace aluvia::proxy
