// ControlStatus: the state of the control plane, for people, probes and agents. It holds no secret.
#pragma once

#include "config/api_error.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aluvia::config {

struct ControlStatus {
  using Time = std::chrono::system_clock::time_point;

  std::uint64_t version = 0;          ///< of the snapshot in use; 0: there is none
  std::optional<Time> fetched_at;     ///< when the API sent the snapshot in use
  std::optional<Time> confirmed_at;   ///< when the API last confirmed it (200 or 304)
  std::optional<Time> last_poll_at;   ///< the end of the last call, successful or not
  std::optional<Time> next_poll_at;   ///< planned; a change or a refresh polls sooner
  std::uint32_t failures_in_row = 0;  ///< since the last successful call
  std::optional<ApiError> error;      ///< of the last call; nothing after a success and before the first call

  bool from_cache = false;        ///< the snapshot in use comes from the cache file, not from the API
  std::optional<Time> cached_at;  ///< when that file was written; with from_cache only

  /// Returns true if the account may use its configuration, even if the API cannot be reached.
  bool usable() const noexcept { return !error || !needs_owner(error->kind); }
  bool ready() const noexcept { return version != 0 && usable(); }
};

/// Returns the state of the last call in JSON and logs: "starting" before its end, "none" after a success,
/// otherwise the code of the error.
std::string_view trouble(const ControlStatus& status) noexcept;

}  // namespace aluvia::config
