// What the control plane tells about itself: values for people, probes and agents. No secret is in it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::config {

struct ControlStatus {
  using Time = std::chrono::system_clock::time_point;

  /// What the last call to the API met.
  enum class Trouble {
    none,
    starting,          ///< nothing has been answered yet
    token_refused,     ///< 401 or 403
    payment_required,  ///< 402: see `claim_url`
    rate_limited,      ///< 429
    unreachable,       ///< no answer at all
    api_error,         ///< 5xx, and other answers that are none
    bad_answer,        ///< 200 with a body that makes no sense
  };

  std::uint64_t version = 0;          ///< of the snapshot in use; 0: there is none
  std::optional<Time> fetched_at;     ///< when the snapshot in use came from the API
  std::optional<Time> confirmed_at;   ///< when the API said last that it is (200 or 304)
  std::optional<Time> last_poll_at;   ///< the end of the last call, however it went
  std::optional<Time> next_poll_at;   ///< planned; a change or a refresh asks sooner
  std::uint32_t failures_in_row = 0;  ///< since the last call that went well
  Trouble trouble = Trouble::starting;
  std::optional<int> http_status;  ///< of the trouble
  std::string reason;              ///< one line that says what is wrong and what to do; empty without trouble
  std::string claim_url;           ///< where to pay, with payment_required

  bool from_cache = false;        ///< the snapshot in use comes from --config-cache, not from the API
  std::optional<Time> cached_at;  ///< when that was written; with from_cache only

  /// A configuration is there and the account may use it. An API that cannot be reached does not matter.
  bool ready() const noexcept {
    return version != 0 && trouble != Trouble::token_refused && trouble != Trouble::payment_required;
  }
};

/// "token_refused": for JSON and logs.
std::string_view to_text(ControlStatus::Trouble trouble) noexcept;

}  // namespace aluvia::config
