#include "api/base_url.hpp"

#include "base/ascii.hpp"
#include "base/number.hpp"
#include "base/percent.hpp"
#include "host/host.hpp"

#include <optional>

namespace aluvia::api {
namespace {

using Error = std::string;

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

bool drop_prefix_ignoring_case(std::string_view& text, std::string_view prefix) {
  if (!ascii::equals_ignoring_case(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_graphic(std::string_view text) {
  for (const char c : text) {
    if (c <= 0x20 || c >= 0x7F) return false;
  }
  return true;
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  const auto port = parse_number<std::uint16_t>(digits);
  return port == 0 ? std::nullopt : port;
}

// A '%' in a path must lead two hexadecimal digits, and what RFC 3986 does not allow in a path must not get
// into the request line.
bool is_path(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '%') {
      if (!percent::decoded_byte(path.substr(i))) return false;
    } else if (!ascii::is_alnum(c) &&
               std::string_view("/-._~!$&'()*+,;=:@").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

Result<void, Error> read_authority(std::string_view authority, BaseUrl& url) {
  std::string_view port_part;
  if (!authority.empty() && authority.front() == '[') {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return Err{Error("the API base URL has a '[' without a ']'")};
    const auto host = host::canonical_ipv6(authority.substr(1, end - 1));
    if (!host) return Err{Error("the API base URL has no IPv6 address between its brackets")};
    url.host = host->text;
    port_part = authority.substr(end + 1);
  } else {
    const auto colon = authority.find(':');
    const auto host = host::canonical_name(authority.substr(0, colon));
    if (!host) return Err{Error("the API base URL has no valid host name")};
    url.host = host->text;
    if (colon != std::string_view::npos) port_part = authority.substr(colon);
  }
  if (port_part.empty()) return {};
  const auto port = port_part.front() == ':' ? parse_port(port_part.substr(1)) : std::nullopt;
  if (!port) return Err{Error("the API base URL has no valid port: it takes 1 to 65535")};
  url.port = *port;
  return {};
}

}  // namespace

std::string BaseUrl::shown() const {
  return bracketed(host) + ":" + std::to_string(port);
}

std::string BaseUrl::host_field() const {
  return port == (tls ? 443 : 80) ? bracketed(host) : shown();
}

Result<BaseUrl, std::string> parse_base_url(std::string_view text) {
  BaseUrl url;
  if (!is_graphic(text))
    return Err{Error("the API base URL has a space, control or non-ASCII character in it")};
  if (drop_prefix_ignoring_case(text, "http://")) {
    url.tls = false;
    url.port = 80;
  } else if (!drop_prefix_ignoring_case(text, "https://")) {
    return Err{Error("the API base URL must begin with https:// or http://")};
  }
  if (text.find_first_of("?#") != std::string_view::npos)
    return Err{Error("the API base URL is a prefix and takes no query and no fragment")};
  const auto slash = text.find('/');
  const auto authority = text.substr(0, slash);
  if (authority.find('@') != std::string_view::npos)
    return Err{Error("the API base URL takes no user name and password; give the token in its own option")};
  if (auto read = read_authority(authority, url); !read) return Err{std::move(read).error()};

  auto path = slash == std::string_view::npos ? std::string_view{} : text.substr(slash);
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  if (!is_path(path))
    return Err{Error("the API base URL has a character in its path that must be %-encoded")};
  url.prefix = std::string(path);
  return url;
}

}  // namespace aluvia::api
