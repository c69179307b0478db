#include "http/basic_credentials.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"

#include <algorithm>
#include <string>

namespace aluvia::http {
namespace {

constexpr std::string_view scheme = "Basic ";
constexpr std::size_t longest = 255;

bool is_unreserved(char c) noexcept {
  return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string_view basic_token(std::string_view value) noexcept {
  if (!ascii::equals_ignoring_case(value.substr(0, scheme.size()), scheme)) return {};
  value.remove_prefix(scheme.size());
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

bool is_user_and_password(std::string_view text) noexcept {
  const auto colon = text.find(':');
  if (colon == 0 || colon == text.npos || text.size() > longest) return false;
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

Secret basic_token_of(const Secret& user_and_password) {
  return Secret(base64_encode(user_and_password.reveal()));
}

Secret url_userinfo(const Secret& user_and_password) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  const std::string_view text = user_and_password.reveal();
  const std::size_t colon = text.find(':');
  std::string out;
  out.reserve(3 * text.size() + 1);  // in one allocation: no copy is left behind
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (i == colon || is_unreserved(text[i])) {
      out += text[i];
    } else {
      out.append({'%', digits[byte >> 4U], digits[byte & 0xFU]});
    }
  }
  Secret userinfo(out);
  wipe(out);
  return userinfo;
}

}  // namespace aluvia::http
