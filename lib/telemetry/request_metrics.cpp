#include "telemetry/request_metrics.hpp"

namespace aluvia::telemetry {
namespace {

template <class Series>
void observe_if(Series& series, const std::optional<RequestRecord::Time>& step) noexcept {
  if (step) series.observe(*step);
}

void observe_on_route(RouteMetrics& out, const RequestRecord& record) noexcept {
  observe_if(out.dns, record.dns);
  observe_if(out.connect, record.connect);
  observe_if(out.gateway, record.gateway);
  observe_if(out.first_byte, record.first_byte);
  if (record.is_tunnel) {
    out.tunnel.observe(record.duration);
  } else {
    out.duration.observe(record.duration);
  }
  if (record.tries == 0) return;  // failed before any connection
  out.retries += record.tries - 1;
  ++(record.is_reused ? out.on_reused : out.on_new);
}

}  // namespace

void RequestMetrics::observe(const RequestRecord& record) noexcept {
  const auto hundreds = static_cast<unsigned>(record.status) / 100;
  ++responses_[hundreds < responses_.size() ? hundreds : 0];
  const bool is_decided = record.route || record.action == policy::Action::block;
  ++(is_decided ? actions_[static_cast<std::size_t>(record.action)] : undecided_);
  if (!record.error.empty()) ++errors_[error_index(record.error)];
  if (record.route) observe_on_route(routes_[static_cast<std::size_t>(*record.route)], record);
}

}  // namespace aluvia::telemetry
