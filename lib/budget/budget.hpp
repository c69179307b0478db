// Budget: the account of one budget: the bytes that its present period has taken, and those that are left.
//
// It is pure accounting: the caller supplies times. Bytes are granted before they move and spent when they
// have moved, on one thread, so the sum passes the limit only by what a caller spends beyond a grant.
#pragma once

#include "policy/budget_spec.hpp"
#include "policy/pattern_set.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aluvia::budget {

using policy::Seconds;

/// State of a budget, for people.
struct BudgetView {
  std::string text;  ///< as written
  std::uint64_t limit = 0;
  std::uint64_t spent = 0;  ///< in this period; may pass the limit a little
  std::uint64_t left = 0;
  Seconds begin = 0;        ///< of the period
  Seconds end = 0;          ///< of the period: then it begins anew
  bool covers_all = false;  ///< every request through the gateway
  bool is_closed = false;
  std::string problem;  ///< why it is closed although bytes are left; else empty
};

/// Loop thread only.
class Budget {
 public:
  /// A budget that is not `known` is closed until know().
  Budget(policy::BudgetSpec spec, Seconds now, bool is_known);

  const policy::BudgetSpec& spec() const noexcept { return spec_; }
  /// Precondition: `host` is canonical.
  bool covers(std::string_view host, std::uint16_t port) const noexcept {
    return spec_.pattern.empty() || !hosts_.find(host, port).empty();
  }
  /// Returns true if it covers `host` at some port.
  bool covers(std::string_view host) const noexcept { return covers(host, port_); }
  bool covers_all() const noexcept { return spec_.pattern.empty(); }

  /// Takes another limit. Precondition: the scope is the same.
  void replace(policy::BudgetSpec spec);
  /// Ends it: requests that still hold it have no limit.
  void retire() noexcept { is_retired_ = true; }

  /// Adds what was spent in this period before this object counted.
  void know(std::uint64_t spent_before) noexcept;
  /// Keeps it closed; `problem` is one phrase.
  void cannot_know(std::string problem) { problem_ = std::move(problem); }
  bool is_known() const noexcept { return is_known_; }
  const std::string& problem() const noexcept { return problem_; }

  std::uint64_t left() const noexcept;
  std::uint64_t spent() const noexcept { return spent_; }
  /// No request may begin.
  bool is_closed() const noexcept { return !is_retired_ && (!is_known_ || left() == 0); }
  /// 80 % of the limit are spent.
  bool is_near_end() const noexcept { return spent_ >= spec_.bytes - spec_.bytes / 5; }

  /// Requests that hold a share.
  void join() noexcept { ++open_; }
  void leave() noexcept { --open_; }
  /// Part of what is left that one of them may have under way, unread by this proxy. All parts together are
  /// a quarter, because a receive buffer takes up to twice the bytes that it is set to.
  std::uint64_t share() const noexcept { return left() / (4 * (open_ == 0 ? 1 : open_)); }

  /// Returns true if the caller must look at it: it is closed now, or near its end for the first time.
  bool spend(std::uint64_t bytes) noexcept;

  const policy::PeriodTimes& period() const noexcept { return period_; }
  /// Begins the next period if `now` is in one. A clock that was set back changes nothing. Returns true if a
  /// period has begun.
  bool advance(Seconds now) noexcept;

  /// Return true once in each period, for log lines.
  bool must_warn() noexcept;
  bool must_report_closed() noexcept;

  BudgetView view() const;

 private:
  policy::BudgetSpec spec_;
  policy::PatternSet hosts_;
  std::uint16_t port_ = 0;  // of the pattern; 0: any
  policy::PeriodTimes period_;
  std::uint64_t spent_ = 0;
  std::uint64_t open_ = 0;
  std::string problem_;
  bool is_known_;
  bool is_retired_ = false;
  bool has_warned_ = false;
  bool has_reported_closed_ = false;
};

}  // namespace aluvia::budget
