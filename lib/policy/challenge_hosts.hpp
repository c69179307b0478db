// Hosts of challenge services, from the files in challenges/, which the build embeds in the form of presets.
#pragma once

#include "policy/presets.hpp"

#include <span>
#include <string_view>

namespace aluvia::policy {

/// The texts live as long as the program.
std::span<const Preset> challenge_lists() noexcept;

/// `host` is canonical (host/host.hpp).
bool is_challenge_host(std::string_view host);

}  // namespace aluvia::policy
