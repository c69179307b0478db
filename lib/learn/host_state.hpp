// HostState: what a proxy has found out about a host that seems to block direct requests, and why it thinks
// so.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace aluvia::learn {

/// Wall clock, because hosts are remembered over restarts.
using Time = std::chrono::system_clock::time_point;

enum class Mode {
  off,      ///< nothing is observed
  suggest,  ///< hosts are listed, and keep their route
  learn,    ///< hosts take the gateway while they are learned
};
constexpr std::string_view name(Mode mode) noexcept {
  constexpr std::array<std::string_view, 3> names{"off", "suggest", "learn"};
  return names[static_cast<std::size_t>(mode)];
}

enum class EvidenceKind {
  report,     ///< a client saw that the site blocked it: exact, one is enough
  reset,      ///< a direct tunnel was reset before its first byte from the site
  refusal,    ///< a direct connection was refused
  silence,    ///< a direct request had no answer in time
  challenge,  ///< a tunnel to a challenge service followed one to the site: logins do that, too
};

struct Evidence {
  EvidenceKind kind = EvidenceKind::report;
  std::string_view host;       ///< canonical
  std::string_view details{};  ///< report: "status 403"; challenge: the host of the service; may be empty
};

struct HostState {
  enum class State {
    learned,    ///< takes the gateway until `end`
    suggested,  ///< listed until `end`
    retried,    ///< was learned; direct is tried again until `end`, and the next evidence decides
  };

  std::string host;
  State state = State::learned;
  std::string evidence;  ///< one phrase: "3 resets right after the ClientHello"
  Time since{};
  Time end{};
};

/// "learned", "suggested" or "retried".
std::string_view name(HostState::State state) noexcept;

/// Returns false for names that only a local network has, which the gateway cannot reach: one label,
/// `.local`, `.internal`, `.home.arpa` and the like (RFC 6762, RFC 8375); and for one that begins with a
/// dash, which as a rule would exclude. `host` is a canonical name.
bool is_public_name(std::string_view host) noexcept;

}  // namespace aluvia::learn
