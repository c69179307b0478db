#include "base/nearest.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace aluvia {
namespace {

constexpr std::size_t longest_text = 40;

// Optimal string alignment: insertions, deletions, replacements and swaps of neighbors that turn `a` into
// `b`.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> edits(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) edits[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) edits[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = edits[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      edits[i][j] = std::min({changed, edits[i - 1][j] + 1, edits[i][j - 1] + 1});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) edits[i][j] = std::min(edits[i][j], edits[i - 2][j - 2] + 1);
    }
  }
  return edits.back().back();
}

}  // namespace

std::string_view nearest(std::string_view text, std::span<const std::string> names) {
  if (text.size() < 3 || text.size() > longest_text) return {};
  std::size_t least = text.size() > 4 ? 3 : 2;  // the first distance that is too far
  std::string_view out;
  for (const std::string& name : names) {
    const std::size_t edits = distance(text, name);
    if (edits < std::min(least, name.size())) {
      least = edits;
      out = name;
    }
  }
  return out;
}

std::string did_you_mean(std::string_view text, std::span<const std::string> names) {
  const std::string_view name = nearest(text, names);
  return name.empty() ? "" : fmt::format("; did you mean {}?", name);
}

}  // namespace aluvia
