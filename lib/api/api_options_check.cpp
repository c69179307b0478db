#include "api/api_options_check.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace aluvia::api {

// RFC 6750 §2.1 allows fewer characters still. This rejects what could break or forge a field; the API judges
// the rest.
std::string token_error(const Secret& token) {
  const auto text = token.reveal();
  if (text.empty()) return "the API token is empty";
  const bool fits = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
  return fits ? ""
              : "the API token has a space, control or non-ASCII character in it: check how it was copied";
}

std::string connection_id_error(const std::string& id) {
  static constexpr std::size_t most_digits = 20;
  const bool fits = id.size() <= most_digits && std::ranges::all_of(id, ascii::is_digit);
  return fits ? "" : "a connection id is a number";
}

}  // namespace aluvia::api
