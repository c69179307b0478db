#include "proxy_url.hpp"

#include "base/percent.hpp"
#include "http/authority.hpp"

#include <algorithm>

namespace aluvia::app {
namespace {

constexpr std::string_view scheme = "http://";

bool is_userinfo(std::string_view text) noexcept {
  if (text.find(':') == std::string_view::npos) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%') {
      if (!percent::decoded_byte(text.substr(at))) return false;
      at += 2;
    } else if (text[at] != ':' && !percent::is_unreserved(text[at])) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool is_proxy_url(std::string_view text, std::uint16_t port) noexcept {
  if (!text.starts_with(scheme)) return false;
  text.remove_prefix(scheme.size());
  if (const auto at = text.find('@'); at != std::string_view::npos) {
    if (!is_userinfo(text.substr(0, at))) return false;
    text.remove_prefix(at + 1);
  }
  const auto authority = http::parse_authority(text, {});
  // The canonical form must equal the text: no other spelling of an address, no leading zero of a port.
  return authority && authority->kind != http::HostKind::name && authority->port == port &&
         authority->text() == text;
}

}  // namespace aluvia::app
