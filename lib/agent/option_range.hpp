// Lists the range of every option that is a number, a size or a time, and the member that it sets.
#pragma once

#include "agent/agent_connect_client.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace aluvia::agent {

struct OptionRange {
  enum class Kind { number, port, bytes, milliseconds, seconds };  ///< unit of a number without a unit

  OptionId id;
  Kind kind;
  std::int64_t least;  ///< a time in milliseconds
  std::int64_t most;   ///< included, as is `least`
  /// Returns nothing if the option is not set, or has a value without a number, such as `never`.
  std::optional<std::int64_t> (*get)(const AgentConnectClientOptions&);
  /// Precondition: `value` is in range.
  void (*set)(AgentConnectClientOptions&, std::int64_t value);

  bool holds(std::int64_t value) const noexcept { return value >= least && value <= most; }
  bool is_time() const noexcept { return kind == Kind::milliseconds || kind == Kind::seconds; }
  /// Returns a value with its unit: "75s", "64K", "4".
  std::string text_of(std::int64_t value) const;
  /// Returns the range as a phrase: "a time from 100ms to 1h".
  std::string text() const;
};

std::span<const OptionRange> option_ranges();

/// Returns null if the option has no range.
const OptionRange* range_of(OptionId id);

}  // namespace aluvia::agent
