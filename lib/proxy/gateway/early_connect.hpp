// EarlyConnect: decides for which hosts a client's CONNECT is answered before the gateway has answered its
// own, so that the client's TLS ClientHello travels in the same flight (RFC 9931). It uses no socket.
//
// The client then sees a reset where it would have seen an error response. Therefore a host must have been
// reached through this gateway before, the gateway must be healthy, and it must have shown that it forwards
// bytes that arrive behind a CONNECT: a gateway that drops them leaves the client without an answer.
#pragma once

#include "base/logger.hpp"
#include "proxy/gateway/early_connect_mode.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace aluvia::proxy {

/// For status.
struct EarlyConnectState {
  enum class Proof {
    none,     ///< the next early CONNECT is the only one until it shows something
    carries,  ///< an early ClientHello was answered
    drops,    ///< early ClientHellos stayed without an answer that came without them: off
  };
  EarlyConnectMode mode = EarlyConnectMode::off;
  Proof proof = Proof::none;
  std::size_t known_hosts = 0;  ///< at most 1,024
};
/// Returns "off", "untried", "proven" or "dropped by the gateway".
std::string_view name_of(const EarlyConnectState& state) noexcept;

/// Loop thread only.
class EarlyConnect {
 public:
  EarlyConnect(EarlyConnectMode mode, const Logger& logger) : mode_(mode), logger_(logger) {}

  /// One early CONNECT, until its tunnel is open or has failed. False: the CONNECT is an ordinary one.
  class Attempt {
   public:
    Attempt() = default;
    Attempt(EarlyConnect& owner, bool is_probe) noexcept : owner_(&owner), is_probe_(is_probe) {}
    Attempt(Attempt&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), is_probe_(std::exchange(other.is_probe_, false)) {}
    Attempt& operator=(Attempt&&) = delete;
    ~Attempt() {
      if (is_probe_) owner_->is_probing_ = false;
    }
    explicit operator bool() const noexcept { return owner_ != nullptr; }

   private:
    EarlyConnect* owner_ = nullptr;
    bool is_probe_ = false;
  };
  /// Decides for a CONNECT through the gateway.
  Attempt begin(const std::string& host, bool gateway_is_healthy);

  /// Records the end of every CONNECT through the gateway, early or not.
  void note(const std::string& host, bool has_succeeded);

  /// The site has answered a ClientHello that was sent before the gateway's answer.
  void carried() noexcept;
  /// It has not: the connection ended, or stayed silent for Limits::early_silence.
  void not_carried();
  bool is_proven() const noexcept { return proof_ == Proof::carries; }

  /// Forgets everything, for another gateway.
  void forget();

  EarlyConnectState state() const noexcept { return {mode_, proof_, recent_.size() + older_.size()}; }

 private:
  using Proof = EarlyConnectState::Proof;
  /// By host: its last CONNECT succeeded.
  using Hosts = std::unordered_map<std::string, bool>;

  bool is_wanted_for(const std::string& host);
  bool* find(const std::string& host);

  const EarlyConnectMode mode_;
  const Logger& logger_;
  Proof proof_ = Proof::none;
  bool is_probing_ = false;
  int misses_ = 0;  // in a row
  // When the first is full, it replaces the second: hosts that are not used any more leave in the end.
  Hosts recent_;
  Hosts older_;
};

}  // namespace aluvia::proxy
