#include "base/redaction.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <cstddef>

namespace aluvia {
namespace {

// Shorter runs occur in ordinary words and reveal nothing about a secret.
constexpr std::size_t shortest_piece = 6;
constexpr std::string_view substitute = "[removed]";

bool same_letter(char a, char b) noexcept {
  return ascii::lower(a) == ascii::lower(b);
}

// Returns the length of the longest prefix of `text` that occurs in `secret`.
std::size_t longest_run(std::string_view text, std::string_view secret) noexcept {
  std::size_t longest = 0;
  for (std::size_t at = 0; at + longest < secret.size(); ++at) {
    const std::string_view rest = secret.substr(at);
    const auto end = std::mismatch(text.begin(), text.end(), rest.begin(), rest.end(), same_letter).first;
    longest = std::max(longest, static_cast<std::size_t>(end - text.begin()));
  }
  return longest;
}

}  // namespace

std::string without_secret(std::string_view text, const Secret& secret) {
  const std::string_view wanted = secret.reveal();
  const std::size_t least = std::min(shortest_piece, wanted.size());
  std::string out;
  while (!text.empty()) {
    const std::size_t run = longest_run(text, wanted);
    if (least > 0 && run >= least) {
      out += substitute;
      text.remove_prefix(run);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace aluvia
