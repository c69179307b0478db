// Tests of the presets that the build embeds.
#include "policy/presets.hpp"

#include "policy/pattern.hpp"

#include <set>
#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::policy;

TEST_CASE("The presets are found by their names") {
  REQUIRE(find_preset("browser-background"));
  REQUIRE(find_preset("trackers"));
  CHECK_FALSE(find_preset("trackers.txt"));
  CHECK_FALSE(find_preset(""));
}

TEST_CASE("Every entry of a preset is a pattern of its own with a source") {
  for (const Preset& preset : presets()) {
    std::set<std::string> seen;
    CHECK_FALSE(preset.notes().empty());
    CHECK_FALSE(preset.entries().empty());
    for (const PresetEntry& entry : preset.entries()) {
      INFO(preset.name << ": " << entry.pattern);
      const auto pattern = parse_pattern(entry.pattern);
      REQUIRE(pattern);
      CHECK_FALSE(std::holds_alternative<PresetName>(pattern->target));
      CHECK(to_text(*pattern) == entry.pattern);
      CHECK_FALSE(entry.source.empty());
      CHECK(seen.insert(to_text(*pattern)).second);
    }
  }
}

TEST_CASE("A line of a preset has a pattern and, behind #, its source") {
  const Preset preset{"x", "# A note.\n\n a.example  # seen in a browser\nb.example\n#\n"};
  const auto entries = preset.entries();
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].pattern == "a.example");
  CHECK(entries[0].source == "seen in a browser");
  CHECK(entries[1].pattern == "b.example");
  CHECK(entries[1].source.empty());
  CHECK(preset.notes().front() == "A note.");
}
