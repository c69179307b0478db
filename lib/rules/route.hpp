// The answer to the one question of this program: through the gateway, or straight to the site?
#pragma once

#include <string_view>

namespace aluvia::rules {

enum class Route { direct, gateway };

constexpr std::string_view name(Route route) noexcept {
  return route == Route::direct ? "direct" : "gateway";
}

}  // namespace aluvia::rules
