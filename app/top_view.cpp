#include "top_view.hpp"

#include "admin/status_text.hpp"
#include "base/counted.hpp"
#include "base/visible.hpp"
#include "live_view.hpp"
#include "telemetry/counters.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

using telemetry::human_bytes;

constexpr std::size_t most_requests = 500;
constexpr std::size_t header_rows = 5;  // with the empty line behind it
constexpr std::size_t frame_rows = 4;   // titles of both tables, the empty line between, the keys
constexpr std::size_t number_width = 9;
constexpr std::size_t numbers_width = 5 * (number_width + 1);

std::string rate_text(double bytes_per_second) {
  return human_bytes(static_cast<std::uint64_t>(std::max(0.0, bytes_per_second))) + "/s";
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "-"
                    : fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

// Cuts a text without colors to `width` characters.
std::string cut(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t used = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80 && ++used > width) break;
    out += c;
  }
  return out;
}

std::string state_line(const LiveAnswer::State& state) {
  std::string out =
      fmt::format("up {}, {}, {}", admin::human_seconds(state.uptime),
                  counted(state.open_connections, "connection"), counted(state.open_tunnels, "tunnel"));
  if (state.last_poll_age) out += fmt::format(", polled {} ago", admin::human_seconds(*state.last_poll_age));
  return out + fmt::format(", {}{}", counted(state.rules, "rule"),
                           state.geo.empty() ? "" : fmt::format(", geo {}", visible(state.geo)));
}

std::string gateway_line(const LiveAnswer::State& state) {
  std::string out = fmt::format("gateway {} ", visible(state.gateway));
  out += state.is_gateway_ok ? "ok" : "failing";
  if (state.connect_ms) out += fmt::format(", last connect {:.0f} ms", *state.connect_ms);
  return out + fmt::format(", {} warm", state.warm);
}

std::string host_row(const LiveAnswer::Host& host, std::uint64_t paid, std::size_t width) {
  const std::size_t host_width = width > numbers_width + 10 ? width - numbers_width : 10;
  return fmt::format("{:<{}} {:>9} {:>9} {:>9} {:>9} {:>9}", cut(visible(host.host), host_width), host_width,
                     host.requests + host.open, host.failures, human_bytes(host.gateway_bytes),
                     human_bytes(host.direct_bytes), share_text(host.gateway_bytes, paid));
}

}  // namespace

void TopView::take(LiveAnswer answer) {
  if (!answers_.empty() && answer.state().uptime < answers_.back().state().uptime) answers_.clear();
  measure(answer.state());
  if (!answers_.empty() && answers_.back().requests().empty()) answers_.pop_back();
  answers_.push_back(std::move(answer));
  forget_old_answers();
}

void TopView::forget_old_answers() {
  std::size_t known = 0;
  for (const LiveAnswer& answer : answers_) known += answer.requests().size();
  while (answers_.size() > 1 && known - answers_.front().requests().size() >= most_requests) {
    known -= answers_.front().requests().size();
    answers_.pop_front();
  }
}

// The state of an answer may be the same as before, because the proxy renders it twice a second at most.
void TopView::measure(const LiveAnswer::State& now) {
  const double passed = now.uptime - measured_at_;
  const bool is_first = measured_at_ == 0 || passed < 0;
  if (passed == 0) return;
  const auto rate = [&](std::uint64_t after, std::uint64_t before) {
    return is_first || after < before ? 0.0 : static_cast<double>(after - before) / passed;
  };
  rates_ = {rate(now.gateway_sums.bytes, gateway_bytes_), rate(now.direct_sums.bytes, direct_bytes_)};
  measured_at_ = now.uptime;
  gateway_bytes_ = now.gateway_sums.bytes;
  direct_bytes_ = now.direct_sums.bytes;
}

void TopView::press(char key) {
  if (key == 'f') failed_only_ = !failed_only_;
  if (key == 'p') is_paused_ = !is_paused_;
}

std::string TopView::text(TerminalSize size) const {
  const std::size_t width = std::max<std::size_t>(size.columns, 60);
  const std::size_t rows = size.rows > header_rows + frame_rows ? size.rows - header_rows - frame_rows : 0;
  const std::size_t host_rows = std::min(rows / 3, std::max<std::size_t>(answers_.back().hosts().size(), 1));
  std::string out = header(width) + hosts(width, host_rows) + "\n" + requests(width, rows - host_rows);
  if (!is_live_) return out;
  return out + style_.paint(Tone::faint, fmt::format("q quit   p {}   f {}", is_paused_ ? "go on" : "pause",
                                                     failed_only_ ? "all requests" : "failed requests only"));
}

std::string TopView::header(std::size_t width) const {
  const LiveAnswer::State& state = answers_.back().state();
  std::string out = style_.paint(Tone::heading, visible(state.url)) + "  ";
  out += state.is_ready
             ? style_.paint(Tone::good, "ready")
             : style_.paint(Tone::error, cut(fmt::format("not ready: {}", visible(state.reason)), width / 2));
  out += "  " +
         style_.paint(state.is_gateway_ok ? Tone::plain : Tone::error, cut(gateway_line(state), width)) +
         "\n";
  out += style_.paint(Tone::faint, cut(state_line(state), width)) + "\n";
  out += traffic_line("gateway", Tone::gateway, rates_.gateway, state.gateway_sums);
  out += traffic_line("direct", Tone::direct, rates_.direct, state.direct_sums);
  return out + "\n";
}

std::string TopView::traffic_line(std::string_view name, Tone tone, double rate,
                                  const LiveAnswer::RouteSums& sums) const {
  return fmt::format("{} {:>12}   {:>9} in all, {}\n", style_.paint(tone, name, 7), rate_text(rate),
                     human_bytes(sums.bytes), counted(sums.requests, "request"));
}

std::string TopView::hosts(std::size_t width, std::size_t rows) const {
  const LiveAnswer& answer = answers_.back();
  const std::size_t host_width = width > numbers_width + 10 ? width - numbers_width : 10;
  std::string out =
      style_.paint(Tone::heading, fmt::format("{:<{}} {:>9} {:>9} {:>9} {:>9} {:>9}", "HOST", host_width,
                                              "REQUESTS", "FAILED", "GATEWAY", "DIRECT", "PAID")) +
      "\n";
  if (answer.hosts().empty() && rows > 0) return out + style_.paint(Tone::faint, "no host yet") + "\n";
  for (std::size_t i = 0; i < std::min(rows, answer.hosts().size()); ++i) {
    const LiveAnswer::Host& host = answer.hosts()[i];
    const Tone tone = host.failures > 0 ? Tone::warning : Tone::plain;
    out += style_.paint(tone, host_row(host, answer.state().gateway_sums.bytes, width)) + "\n";
  }
  return out;
}

std::string TopView::requests(std::size_t width, std::size_t rows) const {
  std::string out = style_.paint(Tone::heading, "REQUESTS, newest first") + "\n";
  std::size_t used = 0;
  for (auto answer = answers_.rbegin(); answer != answers_.rend(); ++answer) {
    for (auto one = answer->requests().rbegin(); one != answer->requests().rend(); ++one) {
      if (failed_only_ && one->record.outcome != telemetry::RequestRecord::Outcome::failed) continue;
      const std::string line = request_line(one->record, style_, width);
      const auto height = static_cast<std::size_t>(std::ranges::count(line, '\n'));
      if (used + height > rows) return is_live_ ? out + std::string(rows - used, '\n') : out;
      used += height;
      out += line;
    }
  }
  return is_live_ ? out + std::string(rows - used, '\n') : out;
}

}  // namespace aluvia::app
