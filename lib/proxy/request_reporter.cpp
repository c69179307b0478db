#include "proxy/request_reporter.hpp"

#include "telemetry/request_log.hpp"

#include <chrono>
#include <utility>

namespace aluvia::proxy {

using telemetry::RequestRecord;

bool RequestReporter::wants(RequestRecord::Outcome outcome) const noexcept {
  return observer_ || (logs_ && logger_.enabled(telemetry::level_of(outcome)));
}

// The wall clock is read at the end only: the begin follows from the duration.
void RequestReporter::report(RequestRecord record, loop::TimePoint begun) const {
  if (!wants(record.outcome)) return;
  using std::chrono::microseconds;
  record.duration = std::chrono::duration_cast<microseconds>(loop::Clock::now() - begun);
  record.begin = std::chrono::time_point_cast<std::chrono::system_clock::duration>(
      std::chrono::system_clock::now() - record.duration);
  if (logs_) telemetry::log_request(logger_, record);
  if (observer_) observer_(record);
}

void RequestReporter::report_failure(RequestRecord record, const ProxyError& failure,
                                     loop::TimePoint begun) const {
  record.outcome = RequestRecord::Outcome::failed;
  record.status = status_of(failure);
  record.error = row_of(failure.kind).error;
  record.reason = failure.details;
  report(record, begun);
}

RequestRecord record_of(std::string_view method, const http::Authority& authority) noexcept {
  RequestRecord out;
  out.method = method;
  out.host = authority.host;
  out.port = authority.port;
  return out;
}

RequestRecord record_of(std::string_view method, const http::Authority& authority,
                        const Decision& decision) noexcept {
  RequestRecord out = record_of(method, authority);
  out.route = decision.route;
  out.rule = decision.why;
  out.version = decision.version();
  return out;
}

AbortReport::~AbortReport() {
  if (is_dismissed_ || !reporter_.wants(RequestRecord::Outcome::aborted)) return;
  RequestRecord record = record_of(method_, authority_, decision_);
  record.outcome = RequestRecord::Outcome::aborted;
  record.reason = client_left;
  reporter_.report(record, begun_);
}

}  // namespace aluvia::proxy
