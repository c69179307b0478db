#include "proxy/open_request.hpp"

#include "proxy/request_reporter.hpp"

#include <ctime>
#include <utility>

namespace aluvia::proxy {
namespace {

ledger::Seconds unix_seconds() noexcept {
  return static_cast<ledger::Seconds>(std::time(nullptr));
}

}  // namespace

OpenRequest::OpenRequest(RequestReporter& reporter, loop::TimePoint begun, const http::Authority& authority,
                         const Decision& decision)
    : reporter_(reporter), route_(decision.route) {
  trace_.number = ++reporter.last_number_;
  trace_.begun = begun;
  enter(authority, decision);
  reporter.add(*this);
}

OpenRequest::OpenRequest(OpenRequest&& other) noexcept
    : reporter_(other.reporter_),
      trace_(std::move(other.trace_)),
      budget_(std::move(other.budget_)),
      entry_(std::exchange(other.entry_, nullptr)),
      settled_up_(other.settled_up_),
      settled_down_(other.settled_down_),
      route_(other.route_),
      is_open_(std::exchange(other.is_open_, false)) {
  other.trace_.wire.allowance = nullptr;
  other.unlink();
  if (is_open_) reporter_.add(*this);
}

OpenRequest::~OpenRequest() {
  if (is_open_) {
    settle();
    leave();
  }
  unlink();
}

void OpenRequest::enter(const http::Authority& authority, const Decision& decision) {
  route_ = decision.route;
  if (decision.action == policy::Action::audit) reporter_.audits_.note(authority);
  ledger::Ledger* const ledger = reporter_.options_.ledger;
  if (ledger) entry_ = &ledger->open({authority.host, decision.route, decision.why}, unix_seconds());
  if (budget_ || (reporter_.budgets_ && !reporter_.budgets_->empty())) [[unlikely]]
    measure(authority, decision);
}

void OpenRequest::measure(const http::Authority& authority, const Decision& decision) {
  const bool is_limited =
      reporter_.budgets_ && decision.route == rules::Route::gateway && !decision.is_blocked();
  budget_ = is_limited ? reporter_.budgets_->open(authority, std::move(budget_)) : nullptr;
  trace_.wire.allowance = budget_.get();
}

void OpenRequest::leave() noexcept {
  if (entry_) reporter_.options_.ledger->leave(*std::exchange(entry_, nullptr));
}

void OpenRequest::follow(const http::Authority& authority, const Decision& decision) {
  settle();
  leave();
  enter(authority, decision);
}

bool OpenRequest::settle() noexcept {
  const std::uint64_t up = trace_.wire.written - settled_up_;
  const std::uint64_t down = trace_.wire.read - settled_down_;
  if (up + down == 0) return false;
  settled_up_ += up;
  settled_down_ += down;
  telemetry::RouteTraffic& traffic = reporter_.counters_.of(route_);
  traffic.bytes_up += up;
  traffic.bytes_down += down;
  if (entry_) reporter_.options_.ledger->add(*entry_, up, down, unix_seconds());
  return true;
}

void OpenRequest::close(const telemetry::RequestRecord& record) noexcept {
  is_open_ = false;
  unlink();
  if (entry_) reporter_.options_.ledger->close(*std::exchange(entry_, nullptr), record, unix_seconds());
}

}  // namespace aluvia::proxy
