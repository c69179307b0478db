#include "log_command.hpp"

#include "base/counted.hpp"
#include "live_view.hpp"
#include "standard_streams.hpp"
#include "terminal_screen.hpp"
#include "terminal_style.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

constexpr std::chrono::milliseconds interval{500};
constexpr std::size_t least_width = 60;

std::string text_of(const LiveAnswer& answer, const LogOptions& options) {
  const TerminalStyle style = TerminalStyle::of(STDOUT_FILENO);
  const std::size_t width = std::max(terminal_size(STDOUT_FILENO).columns, least_width);
  std::string out;
  if (answer.missed() > 0 && !options.json)
    out += style.paint(Tone::faint, fmt::format("… {} requests are not shown", answer.missed())) + "\n";
  for (const LiveAnswer::Request& request : answer.requests()) {
    if (!options.filter.fits(request.record)) continue;
    out += options.json ? request.json + "\n" : request_line(request.record, style, width);
  }
  return out;
}

// Failures are always kept.
std::string unseen_text(const LiveAnswer& answer, const LogOptions& options) {
  if (answer.unseen() == 0 || options.json || options.filter.failed) return {};
  const TerminalStyle style = TerminalStyle::of(STDOUT_FILENO);
  return style.paint(Tone::faint, fmt::format("… {} ended while nothing watched, and {} not kept",
                                              counted(answer.unseen(), "request"),
                                              answer.unseen() == 1 ? "was" : "were")) +
         "\n";
}

constexpr std::string_view nothing = "no request to show; log --follow shows those to come\n";

}  // namespace

bool LogFilter::fits(const telemetry::RequestRecord& record) const {
  if (failed && record.outcome != telemetry::RequestRecord::Outcome::failed) return false;
  if (!route.empty() && (!record.route || rules::name(*record.route) != route)) return false;
  if (host.empty() || record.host == host) return true;
  return record.host.size() > host.size() && record.host.ends_with(host) &&
         record.host[record.host.size() - host.size() - 1] == '.';
}

// The first answer has what the proxy has kept: failures, and the requests of the time that it was watched.
Result<ExitStatus, CommandError> print_requests(const RunningProxy& proxy, const LogOptions& options) {
  std::uint64_t since = 0;
  bool is_first = true;
  for (;;) {
    const auto answer = ask_live(proxy, since);
    if (!answer) return Err{answer.error()};
    std::string text = text_of(*answer, options);
    if (text.empty() && !options.follow && !options.json) text = nothing;
    if (is_first) text += unseen_text(*answer, options);
    is_first = false;
    since = answer->last();
    const ExitStatus printed = print(text);
    if (printed != success || !options.follow) return printed;
    std::this_thread::sleep_for(interval);
  }
}

}  // namespace aluvia::app
