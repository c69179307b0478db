// RequestReporter: gives the record of each finished request to the log and to the observer.
#pragma once

#include "base/logger.hpp"
#include "http/authority.hpp"
#include "loop/asio.hpp"
#include "proxy/proxy_error.hpp"
#include "proxy/router.hpp"
#include "telemetry/request_record.hpp"

#include <string_view>

namespace aluvia::proxy {

/// Requests for the proxy itself, its pages and probes, are not reported. Loop thread only.
class RequestReporter {
 public:
  /// `logs` says if the requests are logged. Without that and without an observer, a report costs a test.
  RequestReporter(const Logger& logger, bool logs, telemetry::RequestObserver observer)
      : logger_(logger), logs_(logs), observer_(std::move(observer)) {}

  bool wants(telemetry::RequestRecord::Outcome outcome) const noexcept;
  /// Completes the times of `record` and passes it on. `begun`: when the head of the request was complete.
  void report(telemetry::RequestRecord record, loop::TimePoint begun) const;
  /// As report(), for a request that got an error of the proxy's own.
  void report_failure(telemetry::RequestRecord record, const ProxyError& failure,
                      loop::TimePoint begun) const;

 private:
  const Logger& logger_;
  const bool logs_;
  const telemetry::RequestObserver observer_;
};

/// Return a record of where a request goes, or wants to go. The views are those of the arguments.
telemetry::RequestRecord record_of(std::string_view method, const http::Authority& authority) noexcept;
telemetry::RequestRecord record_of(std::string_view method, const http::Authority& authority,
                                   const Decision& decision) noexcept;

/// Reports a request whose task ends before it has a result: the client has left, or the proxy stops.
class AbortReport {
 public:
  AbortReport(const RequestReporter& reporter, std::string_view method, const http::Authority& authority,
              const Decision& decision, loop::TimePoint begun) noexcept
      : reporter_(reporter), method_(method), authority_(authority), decision_(decision), begun_(begun) {}
  ~AbortReport();
  AbortReport(const AbortReport&) = delete;
  AbortReport& operator=(const AbortReport&) = delete;

  /// The request has a result, which another part reports.
  void dismiss() noexcept { is_dismissed_ = true; }

 private:
  const RequestReporter& reporter_;
  std::string_view method_;
  const http::Authority& authority_;
  const Decision& decision_;
  loop::TimePoint begun_;
  bool is_dismissed_ = false;
};

inline constexpr std::string_view client_left = "the client left before the response was complete";

}  // namespace aluvia::proxy
