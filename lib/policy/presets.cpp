#include "policy/presets.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace aluvia::policy {
namespace {

// Calls `use` for each line that holds more than white space.
template <class Use>
void each_line(std::string_view text, const Use& use) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = ascii::trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty()) use(line);
  }
}

}  // namespace

std::vector<std::string_view> Preset::notes() const {
  std::vector<std::string_view> out;
  each_line(text, [&out](std::string_view line) {
    if (line.starts_with('#')) out.push_back(ascii::trim(line.substr(1)));
  });
  return out;
}

std::vector<PresetEntry> Preset::entries() const {
  std::vector<PresetEntry> out;
  each_line(text, [&out](std::string_view line) {
    const auto hash = std::min(line.find('#'), line.size());
    if (hash == 0) return;
    const std::string_view source = line.substr(std::min(hash + 1, line.size()));
    out.push_back({ascii::trim(line.substr(0, hash)), ascii::trim(source)});
  });
  return out;
}

const Preset* find_preset(std::string_view name) noexcept {
  const auto found = std::ranges::find(presets(), name, &Preset::name);
  return found == presets().end() ? nullptr : &*found;
}

}  // namespace aluvia::policy
