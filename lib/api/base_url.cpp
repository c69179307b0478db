#include "api/base_url.hpp"

#include "base/ascii.hpp"
#include "base/percent.hpp"

#include <algorithm>

namespace aluvia::api {
namespace {

constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;

bool remove_prefix_ignoring_case(std::string_view& text, std::string_view prefix) {
  if (!ascii::equals_ignoring_case(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_graphic(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

// RFC 3986 §3.3. Any other character could break the request line.
bool is_path(std::string_view path) {
  static constexpr std::string_view allowed = "/-._~!$&'()*+,;=:@";
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool fits = path[i] == '%' ? percent::decoded_byte(path.substr(i)).has_value()
                                     : ascii::is_alnum(path[i]) || allowed.find(path[i]) != allowed.npos;
    if (!fits) return false;
  }
  return true;
}

Result<http::Authority, std::string> parse_host_and_port(std::string_view text, std::uint16_t default_port) {
  if (text.find('@') != text.npos) {
    return Err{
        std::string("the API base URL takes no user name and password; give the token in its own option")};
  }
  if (text.ends_with(':')) return Err{std::string("the API base URL has no port after its colon")};
  auto authority = http::parse_authority(text, default_port);
  if (!authority) {
    return Err{"the API base URL has no valid host and port: " + std::string(authority.error().why)};
  }
  return std::move(*authority);
}

}  // namespace

std::string BaseUrl::host_field() const {
  std::string text = shown();
  if (authority.port == (tls ? https_port : http_port)) text.resize(text.rfind(':'));
  return text;
}

Result<BaseUrl, std::string> parse_base_url(std::string_view text) {
  const auto wrong = [](const char* why) { return Err{"the API base URL " + std::string(why)}; };
  BaseUrl url;
  if (!is_graphic(text)) return wrong("has a space, control or non-ASCII character in it");
  url.tls = remove_prefix_ignoring_case(text, "https://");
  if (!url.tls && !remove_prefix_ignoring_case(text, "http://"))
    return wrong("must begin with https:// or http://");
  if (text.find_first_of("?#") != text.npos) return wrong("is a prefix and takes no query and no fragment");

  const std::size_t slash = std::min(text.find('/'), text.size());
  auto authority = parse_host_and_port(text.substr(0, slash), url.tls ? https_port : http_port);
  if (!authority) return Err{std::move(authority).error()};
  url.authority = std::move(*authority);

  std::string_view path = text.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!is_path(path)) return wrong("has a character in its path that must be %-encoded");
  url.prefix = path;
  return url;
}

}  // namespace aluvia::api
