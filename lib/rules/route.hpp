// Route: says that a request goes through the gateway or directly to the origin.
#pragma once

#include <string_view>

namespace aluvia::rules {

enum class Route { direct, gateway };

constexpr std::string_view name(Route route) noexcept {
  return route == Route::direct ? "direct" : "gateway";
}

}  // namespace aluvia::rules
