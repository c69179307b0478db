#include "telemetry/request_log.hpp"

#include "host/host_port.hpp"

#include <array>
#include <string>

namespace aluvia::telemetry {
namespace {

// Returns "GET a.test:80", or "request" where none was understood.
std::string target_of(const RequestRecord& record) {
  return record.host.empty() ? "request"
                             : fmt::format("{} {}", record.method, host::host_port(record.host, record.port));
}

std::string route_text(const RequestRecord& record) {
  if (record.action == policy::Action::block) return fmt::format("blocked ({})", record.rule);
  return record.route ? fmt::format("{} ({})", rules::name(*record.route), record.rule) : "no route";
}

}  // namespace

LogLevel level_of(RequestRecord::Outcome outcome) noexcept {
  return outcome == RequestRecord::Outcome::failed ? LogLevel::info : LogLevel::debug;
}

void log_request(const Logger& logger, const RequestRecord& record) {
  if (!logger.enabled(level_of(record.outcome))) return;
  const std::string target = target_of(record);
  const std::string route = route_text(record);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(record.duration).count();
  const std::optional<int> status = record.status == 0 ? std::nullopt : std::optional(record.status);
  const std::array fields =
      std::to_array<LogField>({{"method", record.method},
                               {"host", record.host},
                               {"port", record.port},
                               {"route", record.route ? rules::name(*record.route) : ""},
                               {"rule", record.rule},
                               {"action", action_name(record)},
                               {"version", record.version},
                               {"status", status},
                               {"error", record.error},
                               {"reason", record.reason},
                               {"bytes_up", record.bytes_up},
                               {"bytes_down", record.bytes_down},
                               {"duration_ms", record.duration},
                               {"reused", record.is_reused}});
  switch (record.outcome) {
    case RequestRecord::Outcome::failed:
      return logger.info({"request_failed", fields}, "{}: {} ({}); {}, {} ms", target, record.reason,
                         record.error, route, ms);
    case RequestRecord::Outcome::aborted:
      return logger.debug({"request_aborted", fields}, "{}: {}; {}, {} ms", target, record.reason, route, ms);
    case RequestRecord::Outcome::completed:
      break;
  }
  if (record.is_tunnel) {
    return logger.debug({"tunnel_ended", fields}, "tunnel to {} {}: {}, {} bytes up, {} down",
                        host::host_port(record.host, record.port), record.reason, route, record.bytes_up,
                        record.bytes_down);
  }
  logger.debug({"request_finished", fields}, "{} {}: {}, {} bytes up, {} down, {} ms", target, record.status,
               route, record.bytes_up, record.bytes_down, ms);
}

}  // namespace aluvia::telemetry
