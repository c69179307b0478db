// Presets: named lists of patterns, from the files in presets/, which the build embeds.
//
//   file = *( [ pattern "  # " source ] LF )    a line that begins with '#' is about the preset
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace aluvia::policy {

struct PresetEntry {
  std::string_view pattern;
  std::string_view source;  ///< where it was seen or is documented
};

struct Preset {
  std::string_view name;  ///< the file's name without ".txt"
  std::string_view text;  ///< the file

  /// Returns the lines that begin with '#', without it and the space behind it.
  std::vector<std::string_view> notes() const;
  std::vector<PresetEntry> entries() const;
};

/// All presets, sorted by name. The texts live as long as the program.
std::span<const Preset> presets() noexcept;

/// Returns null if there is none with this name.
const Preset* find_preset(std::string_view name) noexcept;

}  // namespace aluvia::policy
