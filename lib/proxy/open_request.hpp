// OpenRequest: a request between its decision and its record. Its bytes go to the counters and to the ledger
// while it runs, so that a long download is seen before it ends.
#pragma once

#include "http/authority.hpp"
#include "ledger/ledger.hpp"
#include "loop/intrusive_list.hpp"
#include "proxy/budget_keeper.hpp"
#include "proxy/request_trace.hpp"
#include "proxy/router.hpp"
#include "telemetry/request_record.hpp"

#include <cstdint>
#include <memory>

namespace aluvia::proxy {

class RequestReporter;

/// Loop thread only. The reporter outlives it.
class OpenRequest final : public loop::ListNode {
 public:
  /// `begun`: when the head of the request was complete.
  OpenRequest(RequestReporter& reporter, loop::TimePoint begun, const http::Authority& authority,
              const Decision& decision);
  /// Leaves `other` closed. The upstream's stream must count in the trace of this one from now on.
  OpenRequest(OpenRequest&& other) noexcept;
  OpenRequest& operator=(OpenRequest&&) = delete;
  ~OpenRequest();

  RequestTrace& trace() noexcept { return trace_; }
  const RequestTrace& trace() const noexcept { return trace_; }

  /// Another decision is followed: bytes that have moved stay with the one before.
  void follow(const http::Authority& authority, const Decision& decision);
  /// Counts in the budgets that are in force now. follow() does so, too.
  void measure(const http::Authority& authority, const Decision& decision);
  /// Returns true if a budget of this request is used up.
  bool is_over_budget() const noexcept { return budget_ && budget_->is_spent(); }
  /// Gives the bytes that moved since the last call to the counters and the ledger. Returns true if any did.
  bool settle() noexcept;

 private:
  friend class RequestReporter;
  void enter(const http::Authority& authority, const Decision& decision);
  void leave() noexcept;
  void close(const telemetry::RequestRecord& record) noexcept;

  RequestReporter& reporter_;
  RequestTrace trace_;
  std::unique_ptr<RequestBudget> budget_;  // null: no budget covers the request
  ledger::Entry* entry_ = nullptr;         // null: there is no ledger, or the request has been reported
  std::uint64_t settled_up_ = 0;
  std::uint64_t settled_down_ = 0;
  rules::Route route_;
  bool is_open_ = true;  // not reported yet
};

}  // namespace aluvia::proxy
