#include "live_view.hpp"

#include "base/visible.hpp"
#include "host/host_port.hpp"
#include "telemetry/counters.hpp"
#include "wrapped_text.hpp"

#include <algorithm>
#include <chrono>
#include <variant>

#include <fmt/chrono.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

using telemetry::RequestRecord;
using Outcome = RequestRecord::Outcome;

constexpr std::size_t usual_width = 80;
constexpr std::size_t least_width = 60;
constexpr std::size_t most_width = 160;  // the eye does not follow a longer line

// Columns of a fixed width, each followed by a space.
constexpr std::size_t time_width = 8;
constexpr std::size_t method_width = 7;
constexpr std::size_t route_width = 7;
constexpr std::size_t result_width = 4;
constexpr std::size_t bytes_width = 8;
constexpr std::size_t took_width = 7;
constexpr std::size_t fixed_width =
    time_width + method_width + route_width + result_width + bytes_width + took_width + 7;

std::string local_time(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%H:%M:%S}", fmt::localtime(std::chrono::system_clock::to_time_t(time)));
}

std::string took_text(std::chrono::microseconds time) {
  const double ms = std::chrono::duration<double, std::milli>(time).count();
  if (ms < 1000) return fmt::format("{:.0f} ms", ms);
  if (ms < 100'000) return fmt::format("{:.1f} s", ms / 1000);
  return fmt::format("{:.0f} min", ms / 60'000);
}

// Leaves out the port that the method suggests.
std::string host_text(const RequestRecord& record) {
  if (record.host.empty()) return "-";
  const std::uint16_t usual = record.is_tunnel || record.method == "CONNECT" ? 443 : 80;
  if (record.port == usual) return std::string(record.host);
  return host::host_port(record.host, record.port);
}

Tone tone_of(const RequestRecord& record) {
  if (!record.route) return Tone::faint;
  return *record.route == rules::Route::gateway ? Tone::gateway : Tone::direct;
}

std::string result_text(const RequestRecord& record) {
  return record.status == 0 ? "-" : std::to_string(record.status);
}

// Time, method, host and route: the columns that every line begins with.
std::string beginning(const RequestRecord& record, const TerminalStyle& style, std::size_t host_width,
                      Tone tone) {
  const std::string method = record.method.empty() ? "-" : visible(record.method);
  const std::string_view route = record.route ? rules::name(*record.route) : "-";
  return fmt::format("{} {} {} {} ", style.paint(Tone::faint, local_time(record.begin)),
                     style.paint(tone, cut(method, method_width), method_width),
                     style.paint(tone, cut(visible(host_text(record)), host_width), host_width),
                     style.paint(tone_of(record), route, route_width));
}

// The reason stands in place of rule, bytes and time; where it is too long, below.
std::string failed_line(const RequestRecord& record, const TerminalStyle& style, std::size_t width,
                        std::size_t host_width) {
  const std::string reason = visible(record.reason);
  const std::size_t before = time_width + method_width + host_width + route_width + result_width + 5;
  const bool fits = before + width_of(reason) <= width;
  const std::size_t indent = time_width + 1;
  const std::string gap = fits ? " " : "\n" + std::string(indent, ' ');
  return beginning(record, style, host_width, Tone::error) +
         style.paint(Tone::error, result_text(record), fits ? result_width : 0) + gap +
         style.paint(Tone::error, fits ? reason : wrapped(reason, indent, indent, width)) + "\n";
}

Tone tone_of_status(int status) {
  return status >= 400 ? Tone::warning : Tone::good;
}

// Returns the width of the terminal on stderr, which its user may change at any time.
std::size_t width_now() {
  return std::clamp(terminal_width(STDERR_FILENO).value_or(usual_width), least_width, most_width);
}

std::string_view text_field(const LogEvent& event, std::string_view name) {
  const auto field = std::ranges::find(event.fields, name, &LogField::name);
  const auto* const text =
      field == event.fields.end() ? nullptr : std::get_if<std::string_view>(&field->value);
  return text ? *text : std::string_view{};
}

}  // namespace

std::string request_line(const RequestRecord& record, const TerminalStyle& style, std::size_t width) {
  const std::size_t flexible = width - fixed_width;
  const std::size_t host_width = flexible * 3 / 5;
  const std::size_t rule_width = flexible - host_width;
  if (record.outcome == Outcome::failed) return failed_line(record, style, width, host_width);
  const bool is_aborted = record.outcome == Outcome::aborted;
  const std::string result = is_aborted ? "left" : result_text(record);
  const std::string bytes = telemetry::human_bytes(record.bytes_up + record.bytes_down);
  return fmt::format(
      "{}{} {} {:>{}} {:>{}}\n", beginning(record, style, host_width, Tone::plain),
      style.paint(Tone::faint, cut(visible(record.rule), rule_width), rule_width),
      style.paint(is_aborted ? Tone::warning : tone_of_status(record.status), result, result_width), bytes,
      bytes_width, took_text(record.duration), took_width);
}

std::string short_log_line(const LogRecord& record, const TerminalStyle& style, std::size_t width) {
  Tone tone = Tone::plain;
  if (record.level == LogLevel::warn) tone = Tone::warning;
  if (record.level == LogLevel::error) tone = Tone::error;
  constexpr std::size_t indent = time_width + method_width + 2;
  return fmt::format("{} {} {}\n", style.paint(Tone::faint, local_time(record.time)),
                     style.paint(tone, name_of(record.level), method_width),
                     wrapped(visible(record.message), indent, indent, width));
}

std::string ready_text(std::string_view url, bool needs_credentials, const TerminalStyle& style) {
  return fmt::format("{} {}\n  page  {}/\n  try   curl {}-x {} https://example.com/\n",
                     style.paint(Tone::good, "aluvia-connect is ready:"), style.paint(Tone::heading, url),
                     url, needs_credentials ? "-U USER:PASSWORD " : "", url);
}

bool LiveView::is_possible(LogFormat format, LogLevel level) {
  return format == LogFormat::text && level != LogLevel::debug && ::isatty(STDERR_FILENO) == 1;
}

void LiveView::show(const RequestRecord& record) const {
  sink_->write(request_line(record, style_, width_now()));
}

std::string LiveView::render(const LogRecord& record) const {
  if (!options_.shows_requests) return short_log_line(record, style_, width_now());
  if (record.event.name == "config_loaded") return {};  // the page and `status` have it
  if (record.event.name == "stopping" || record.event.name == "stopped")
    return '\r' + short_log_line(record, style_, width_now());  // over the ^C that the terminal shows
  if (record.event.name != "started") return short_log_line(record, style_, width_now());
  if (!options_.shows_ready) return {};
  return ready_text(text_field(record.event, "url"), options_.needs_credentials, style_);
}

}  // namespace aluvia::app
