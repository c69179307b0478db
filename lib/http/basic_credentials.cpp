#include "http/basic_credentials.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/percent.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::http {
namespace {

constexpr std::string_view scheme = "Basic ";
constexpr std::size_t longest = 255;

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
  return Secret(base64_encode_secret(user_and_password.reveal()));
}

Secret url_userinfo(const Secret& user_and_password) {
  const std::string_view text = user_and_password.reveal();
  const std::size_t colon = text.find(':');
  SecretString out;
  out.reserve(3 * text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == colon || percent::is_unreserved(text[i])) {
      out += text[i];
    } else {
      percent::append_encoded(out, text[i]);
    }
  }
  return Secret(std::move(out));
}

Secret user_and_password_of(std::string_view url_userinfo) {
  SecretString out;
  out.reserve(url_userinfo.size());
  for (std::size_t i = 0; i < url_userinfo.size(); ++i) {
    const auto byte = percent::decoded_byte(url_userinfo.substr(i));
    out += byte.value_or(url_userinfo[i]);
    if (byte) i += 2;
  }
  return Secret(std::move(out));
}

}  // namespace aluvia::http
