#include "api/answer_fields.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace aluvia::api {

std::string usable_etag(const std::string& etag) {
  static constexpr std::size_t longest = 1024;
  const bool clean = std::all_of(etag.begin(), etag.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  return clean && etag.size() <= longest ? etag : std::string{};
}

bool is_content_length(std::string_view value) {
  static constexpr std::size_t most_digits = 18;
  return !value.empty() && value.size() <= most_digits &&
         std::all_of(value.begin(), value.end(), ascii::is_digit);
}

}  // namespace aluvia::api
