#include "proxy/budget_keeper.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace aluvia::proxy {
namespace {

using budget::Budget;

// The wall clock may be set, and the machine may sleep: the end of a period is looked for this often at
// least.
constexpr std::chrono::seconds longest_wait{60};
constexpr std::chrono::seconds retry_wait{10};

std::string wait_text(std::uint64_t seconds) {
  constexpr std::uint64_t minute = 60, hour = 60 * minute, day = 24 * hour;
  if (seconds >= 2 * day) return fmt::format("in {} days", seconds / day);
  if (seconds >= hour) return fmt::format("in {} h {} min", seconds / hour, seconds % hour / minute);
  return fmt::format("in {} min", seconds / minute + 1);
}

// Bytes that the budget has to count of those that went through the gateway before.
std::uint64_t part_of(const Budget& budget, const GatewayBytes& spent) {
  if (budget.covers_all()) return spent.total;
  std::uint64_t out = 0;
  for (const auto& [host, bytes] : spent.hosts) {
    if (budget.covers(host)) out += bytes;
  }
  return out;
}

}  // namespace

void RequestBudget::spend(std::uint64_t bytes) noexcept {
  if (share_.spend(bytes)) keeper_.note();
}

BudgetKeeper::BudgetKeeper(loop::Loop& loop, const Logger& logger, BudgetOptions options)
    : logger_(logger), options_(std::move(options)), next_look_(loop.get_executor(), [this] { look(); }) {}

BudgetKeeper::Seconds BudgetKeeper::now() const {
  if (options_.clock) return options_.clock();
  return static_cast<Seconds>(std::max<std::time_t>(std::time(nullptr), 0));
}

void BudgetKeeper::follow(const policy::Policy* policy) {
  const auto specs = policy ? policy->budgets() : std::span<const policy::BudgetSpec>();
  if (specs.empty() && book_.empty()) return;
  const bool begins_at_zero = !options_.spent_since;
  const auto added = book_.follow(specs, now(), begins_at_zero);
  if (!begins_at_zero) {
    for (const auto& budget : added) ask(budget);
  }
  has_changed_ = true;
  note();  // a lower limit may be reached already
}

// Not from inside a read or write of a stream, whose owner would be destroyed.
void BudgetKeeper::note() noexcept {
  next_look_.set_at(loop::Clock::now());
}

void BudgetKeeper::look() {
  bool has_changed = std::exchange(has_changed_, false);
  has_changed = book_.advance(now()) || has_changed;
  for (const auto& unknown : std::exchange(unknown_, {})) {
    if (const auto budget = unknown.lock()) ask(budget);
  }
  for (const auto& budget : book_.all()) has_changed = report(*budget) || has_changed;
  wait();
  if (has_changed && on_change_) on_change_();
}

void BudgetKeeper::wait() {
  if (book_.empty()) return;
  const Seconds time = now();
  const Seconds end = std::max(book_.next_end(), time + 1);
  const std::chrono::seconds longest = unknown_.empty() ? longest_wait : retry_wait;
  next_look_.set_after(std::min<std::chrono::seconds>(std::chrono::seconds(end - time), longest));
}

// Returns true if the budget has closed.
bool BudgetKeeper::report(Budget& budget) {
  const std::string& text = budget.spec().text;
  if (budget.must_report_closed()) {
    budget.must_warn();  // the lesser news
    logger_.warn({"budget_closed",
                  {{"budget", text},
                   {"limit_bytes", budget.spec().bytes},
                   {"spent_bytes", budget.spent()},
                   {"opens", policy::time_text(budget.period().end)}}},
                 "{}; requests that need the gateway are rejected until then, and none goes directly instead",
                 reason(budget));
    return true;
  }
  if (budget.must_warn()) {
    logger_.warn({"budget_near_end",
                  {{"budget", text},
                   {"limit_bytes", budget.spec().bytes},
                   {"spent_bytes", budget.spent()},
                   {"left_bytes", budget.left()}}},
                 "80 % of the budget {} are used: {} of {} bytes are left until {}", printable(text, 80),
                 budget.left(), budget.spec().bytes, policy::time_text(budget.period().end));
  }
  return false;
}

void BudgetKeeper::ask(const budget::SharedBudget& budget) {
  const Seconds since = budget->period().begin;
  options_.spent_since(since, [this, since, alive = std::weak_ptr(alive_),
                               weak = std::weak_ptr(budget)](Result<GatewayBytes, std::string> spent) {
    const auto one = weak.lock();
    if (one && !alive.expired()) learn(*one, since, std::move(spent));
  });
}

// The budget stays closed while the answer is an error: an unknown sum must not be spent again.
void BudgetKeeper::learn(Budget& budget, Seconds since, Result<GatewayBytes, std::string> spent) {
  const bool is_in_time = budget.period().begin == since;
  if (spent && is_in_time) {
    budget.know(part_of(budget, *spent));
  } else if (!spent && budget.problem().empty()) {
    budget.cannot_know(std::move(spent.error()));
    logger_.warn({"budget_unknown", {{"budget", budget.spec().text}, {"reason", budget.problem()}}}, "{}",
                 reason(budget));
  }
  if (!budget.is_known()) {
    for (const auto& one : book_.all()) {
      if (one.get() == &budget) unknown_.push_back(one);
    }
    return wait();
  }
  has_changed_ = true;
  note();
}

const policy::BudgetSpec* BudgetKeeper::closed_for(const http::Authority& authority,
                                                   Asker asker) const noexcept {
  for (const auto& budget : book_.all()) {
    const bool is_closed = asker == Asker::new_request ? budget->is_closed() : budget->left() == 0;
    if (is_closed && budget->covers(authority.host, authority.port)) return &budget->spec();
  }
  return nullptr;
}

bool BudgetKeeper::is_closed_for_all() const noexcept {
  return std::ranges::any_of(book_.all(),
                             [](const auto& one) { return one->covers_all() && one->is_closed(); });
}

std::string BudgetKeeper::reason(const Budget& budget) const {
  const std::string text = printable(budget.spec().text, 80);
  if (!budget.problem().empty())
    return fmt::format("the budget {} is closed, because it is not known what is spent: {}", text,
                       budget.problem());
  if (!budget.is_known()) return fmt::format("the budget {} is closed until the usage has been read", text);
  const Seconds time = now();
  const Seconds end = budget.period().end;
  return fmt::format("the budget {} is used up; it opens again at {}, {}", text, policy::time_text(end),
                     wait_text(end > time ? end - time : 0));
}

ProxyError BudgetKeeper::rejection(const http::Authority& authority) const {
  const Budget* const closed = book_.closed_for(authority.host, authority.port);
  return {ProxyErrorKind::over_budget,
          fmt::format("{} needs the gateway, and {}", authority.text(),
                      closed ? reason(*closed) : std::string("its budget was used up a moment ago"))};
}

std::unique_ptr<RequestBudget> BudgetKeeper::open(const http::Authority& authority,
                                                  std::unique_ptr<RequestBudget> before) {
  auto budgets = book_.of(authority.host, authority.port);
  if (before && before->counts_in(budgets)) return before;
  if (budgets.empty()) return nullptr;
  return std::make_unique<RequestBudget>(*this, std::move(budgets));
}

std::vector<budget::BudgetView> BudgetKeeper::view_of(const http::Authority& authority) const {
  std::vector<budget::BudgetView> out;
  for (const auto& budget : book_.of(authority.host, authority.port)) out.push_back(budget->view());
  return out;
}

}  // namespace aluvia::proxy
