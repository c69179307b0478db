// Numbers in sentences: "1 rule", "2 rules".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace aluvia {

/// `noun` in the singular; its plural must be regular.
inline std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

}  // namespace aluvia
