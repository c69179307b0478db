// RequestReporter: knows every open request, and gives the record of each finished one to the ledger, the log
// and the observer.
#pragma once

#include "base/logger.hpp"
#include "http/authority.hpp"
#include "ledger/ledger.hpp"
#include "loop/deadline.hpp"
#include "loop/intrusive_list.hpp"
#include "net/stream.hpp"
#include "proxy/audit_list.hpp"
#include "proxy/budget_keeper.hpp"
#include "proxy/open_request.hpp"
#include "proxy/proxy_error.hpp"
#include "proxy/router.hpp"
#include "telemetry/counters.hpp"
#include "telemetry/request_record.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aluvia::proxy {

struct ReportOptions {
  bool logs_requests = true;   ///< failed ones at level info, all at level debug
  bool keeps_clients = false;  ///< records have the client's address
  bool keeps_paths = false;    ///< those of plain requests have path and query, if they have the address
  ledger::Ledger* ledger = nullptr;         ///< counts the traffic of each host; null: nothing does
  telemetry::RequestObserver on_request{};  ///< empty: none
  telemetry::RequestObserver on_open{};     ///< gets tunnels that open; empty: none
};

/// Requests for the proxy itself, its pages and probes, are not reported. Loop thread only.
class RequestReporter {
 public:
  RequestReporter(loop::Loop& loop, telemetry::Counters& counters, const Logger& logger,
                  ReportOptions options, BudgetKeeper* budgets = nullptr);

  /// Returns the id of a request that is not an OpenRequest, because it was rejected.
  telemetry::RequestId next_id() noexcept { return id_of(++last_number_); }
  telemetry::RequestId id_of(std::uint64_t number) const noexcept { return {run_, number}; }
  /// Returns "address:port", or nothing if no record is to have it.
  std::string address_of(net::Stream& client) const;
  bool keeps_clients() const noexcept { return options_.keeps_clients; }
  /// Adds the details that the record is to have; `path` is empty for a tunnel. `client` is null if no record
  /// is to have it, and else outlives the request.
  void add_details(OpenRequest& request, const std::string* client, std::string_view path) const;

  /// Completes `record` with the costs and times of `request`, and passes it on. The request is closed then.
  void report(OpenRequest& request, telemetry::RequestRecord& record);
  /// As report(), for a request that got an error of the proxy's own.
  void report_failure(OpenRequest& request, telemetry::RequestRecord record, const ProxyError& failure);
  /// Reports a request that was rejected before a decision; `record` has its id.
  void report_rejection(telemetry::RequestRecord record, const ProxyError& failure, loop::TimePoint begun,
                        std::string_view client);
  /// Sends the answer of `failure` to a client that is about to be disconnected, and reports it.
  void reject_in_passing(net::Stream& client, const ProxyError& failure, std::span<char> loop_buffer);
  bool wants_opens() const noexcept { return static_cast<bool>(options_.on_open); }
  /// Passes on the record of a tunnel that has opened, without its totals. Another report follows at its end.
  /// Precondition: wants_opens().
  void report_open(const OpenRequest& request, telemetry::RequestRecord record);

  /// Brings counters and ledger up to date with the bytes of all open requests. Returns true if any moved
  /// since the last call.
  bool settle();

  /// Returns the hosts that an allow-list in audit mode has let through.
  std::vector<http::Authority> audited() const { return audits_.hosts(); }

 private:
  friend class OpenRequest;
  void add(OpenRequest& request);
  bool is_wanted(telemetry::RequestRecord::Outcome outcome) const noexcept;
  void pass_on(telemetry::RequestRecord& record, loop::TimePoint begun);

  telemetry::Counters& counters_;
  const Logger& logger_;
  const ReportOptions options_;
  AuditList audits_;
  BudgetKeeper* const budgets_;  // null: there are none
  const std::uint32_t run_;
  std::uint64_t last_number_ = 0;
  loop::IntrusiveList open_;
  loop::Deadline next_settle_;
};

/// Return a record of where a request goes, or wants to go. The views are those of the arguments.
telemetry::RequestRecord record_of(std::string_view method, const http::Authority& authority) noexcept;
telemetry::RequestRecord record_of(std::string_view method, const http::Authority& authority,
                                   const Decision& decision) noexcept;

/// Reports a CONNECT whose task ends before it has a result: the client has left, or the proxy stops.
class AbortReport {
 public:
  AbortReport(RequestReporter& reporter, OpenRequest& request, std::string_view method,
              const http::Authority& authority, const Decision& decision) noexcept
      : reporter_(reporter), request_(request), method_(method), authority_(authority), decision_(decision) {}
  ~AbortReport();
  AbortReport(const AbortReport&) = delete;
  AbortReport& operator=(const AbortReport&) = delete;

  /// The request has a result, which another part reports.
  void dismiss() noexcept { is_dismissed_ = true; }

 private:
  RequestReporter& reporter_;
  OpenRequest& request_;
  std::string_view method_;
  const http::Authority& authority_;
  const Decision& decision_;
  bool is_dismissed_ = false;
};

inline constexpr std::string_view client_left = "the client left before the response was complete";

}  // namespace aluvia::proxy
