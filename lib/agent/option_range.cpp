#include "agent/option_range.hpp"

#include "base/quantity.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aluvia::agent {
namespace {

using std::chrono::milliseconds;
using Options = AgentConnectClientOptions;
using Kind = OptionRange::Kind;
using proxy::Limits;

template <class Number>
std::optional<std::int64_t> value_of(const Number& number) {
  return static_cast<std::int64_t>(number);
}
std::optional<std::int64_t> value_of(milliseconds time) {
  return time.count();
}
template <class Value>
std::optional<std::int64_t> value_of(const std::optional<Value>& value) {
  return value ? value_of(*value) : std::nullopt;
}

template <class Number>
void assign(Number& to, std::int64_t value) {
  to = static_cast<Number>(value);
}
void assign(milliseconds& to, std::int64_t value) {
  to = milliseconds(value);
}
template <class Value>
void assign(std::optional<Value>& to, std::int64_t value) {
  assign(to.emplace(), value);
}

// `path` is the chain of members from the options to the value.
template <auto... path>
constexpr OptionRange row(OptionId id, Kind kind, std::int64_t least, std::int64_t most) {
  return {id,
          kind,
          least,
          most,
          [](const Options& from) { return value_of((from.*....*path)); },
          [](Options& to, std::int64_t value) { assign((to.*....*path), value); }};
}

template <auto... path>
constexpr OptionRange limit(OptionId id, Kind kind, std::int64_t least, std::int64_t most) {
  return row<&Options::limits, path...>(id, kind, least, most);
}

template <auto... path>
constexpr OptionRange seconds(OptionId id, milliseconds least, milliseconds most) {
  return row<path...>(id, Kind::seconds, least.count(), most.count());
}

// The shortest time that an option accepts: tests use it, a real network needs more.
constexpr milliseconds shortest{100};

template <auto... path>
constexpr OptionRange timeout(OptionId id, milliseconds most) {
  return seconds<&Options::limits, path...>(id, shortest, most);
}

constexpr milliseconds minute = std::chrono::minutes(1);
constexpr milliseconds hour = std::chrono::hours(1);
constexpr milliseconds day = std::chrono::hours(24);

// clang-format off
constexpr OptionRange rows[] = {
    row<&Options::poll_interval>(OptionId::poll_interval, Kind::milliseconds, 1000, day.count()),
    seconds<&Options::wait_for_api>(OptionId::wait_for_api, milliseconds(0), day),
    row<&Options::metrics_hosts>(OptionId::metrics_hosts, Kind::number, 0, 100),
    row<&Options::local_port>(OptionId::port, Kind::port, 0, 65535),
    seconds<&Options::drain>(OptionId::drain, milliseconds(0), hour),
    seconds<&Options::shutdown_grace>(OptionId::shutdown_grace, milliseconds(0), hour),
    row<&Options::gateway_port>(OptionId::gateway_port, Kind::port, 1, 65535),
    row<&Options::gateway_warm>(OptionId::gateway_warm, Kind::number, 0, 64),
    limit<&Limits::connections>(OptionId::max_connections, Kind::number, 1, 1'000'000),
    limit<&Limits::head_memory>(OptionId::head_memory, Kind::bytes, 4 << 20, 1 << 30),  // half holds the largest head
    limit<&Limits::head, &http::HeadLimits::bytes>(OptionId::max_head_bytes, Kind::bytes, 1 << 10, 1 << 20),
    limit<&Limits::head, &http::HeadLimits::fields>(OptionId::max_head_fields, Kind::number, 8, 4096),
    timeout<&Limits::head_time>(OptionId::head_timeout, hour),
    timeout<&Limits::keep_alive>(OptionId::keep_alive_timeout, hour),
    timeout<&Limits::stall>(OptionId::stall_timeout, day),
    timeout<&Limits::dial>(OptionId::dial_timeout, 5 * minute),
    timeout<&Limits::gateway_answer>(OptionId::gateway_timeout, 5 * minute),
    timeout<&Limits::tunnel_idle>(OptionId::tunnel_idle_timeout, 7 * day),
    timeout<&Limits::half_closed>(OptionId::half_closed_timeout, day),
};
// clang-format on

}  // namespace

std::string OptionRange::text_of(std::int64_t value) const {
  if (is_time()) return duration_text(milliseconds(value));
  return kind == Kind::bytes ? size_text(value) : fmt::format("{}", value);
}

std::string OptionRange::text() const {
  const char* const noun = is_time()             ? "time"
                           : kind == Kind::bytes ? "size"
                           : kind == Kind::port  ? "port"
                                                 : "number";
  return fmt::format("a {} from {} to {}", noun, text_of(least), text_of(most));
}

std::span<const OptionRange> option_ranges() {
  return rows;
}

const OptionRange* range_of(OptionId id) {
  const auto row = std::ranges::find(rows, id, &OptionRange::id);
  return row == std::end(rows) ? nullptr : row;
}

}  // namespace aluvia::agent
