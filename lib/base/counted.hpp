// Formats a number with its noun: "1 rule", "2 rules".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace aluvia {

/// `noun` is the singular; the plural is formed with an "s".
inline std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

}  // namespace aluvia
