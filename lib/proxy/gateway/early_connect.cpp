#include "proxy/gateway/early_connect.hpp"

namespace aluvia::proxy {
namespace {

constexpr std::size_t hosts_per_generation = 512;

// One site may be slow, or reject this client's hello without a word.
constexpr int misses_that_revoke = 2;
constexpr int misses_that_refute = 3;

}  // namespace

std::string_view name_of(const EarlyConnectState& state) noexcept {
  if (state.mode == EarlyConnectMode::off) return "off";
  if (state.proof == EarlyConnectState::Proof::none) return "untried";
  return state.proof == EarlyConnectState::Proof::carries ? "proven" : "dropped by the gateway";
}

EarlyConnect::Attempt EarlyConnect::begin(const std::string& host, bool gateway_is_healthy) {
  if (mode_ == EarlyConnectMode::off || proof_ == Proof::drops || !gateway_is_healthy) return {};
  const bool is_probe = !is_proven();
  if (is_probe && is_probing_) return {};
  if (!is_wanted_for(host)) return {};
  if (is_probe) is_probing_ = true;
  return {*this, is_probe};
}

bool EarlyConnect::is_wanted_for(const std::string& host) {
  const bool* const succeeded = find(host);
  return succeeded ? *succeeded : mode_ == EarlyConnectMode::always;
}

bool* EarlyConnect::find(const std::string& host) {
  if (const auto found = recent_.find(host); found != recent_.end()) return &found->second;
  const auto found = older_.find(host);
  return found == older_.end() ? nullptr : &found->second;
}

void EarlyConnect::note(const std::string& host, bool has_succeeded) {
  if (mode_ == EarlyConnectMode::off) return;
  if (const auto found = recent_.find(host); found != recent_.end()) {
    found->second = has_succeeded;
    return;
  }
  if (recent_.size() >= hosts_per_generation) older_ = std::exchange(recent_, {});
  older_.erase(host);
  recent_.emplace(host, has_succeeded);
}

void EarlyConnect::carried() noexcept {
  proof_ = Proof::carries;
  misses_ = 0;
}

void EarlyConnect::not_carried() {
  ++misses_;
  if (proof_ == Proof::carries && misses_ >= misses_that_revoke) {
    proof_ = Proof::none;
    misses_ = 0;
  } else if (proof_ == Proof::none && misses_ >= misses_that_refute) {
    proof_ = Proof::drops;
    logger_.warn(
        {"early_connect_off", {}},
        "the gateway does not forward what arrives behind a CONNECT: from now on clients are answered "
        "after the gateway, which costs a round trip per tunnel");
  }
}

void EarlyConnect::forget() {
  proof_ = Proof::none;
  misses_ = 0;
  recent_.clear();
  older_.clear();
}

}  // namespace aluvia::proxy
