#include "admin/site.hpp"

#include "base/ascii.hpp"
#include "base/logger.hpp"
#include "base/percent.hpp"
#include "host/a_labels.hpp"
#include "http/target.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = percent::decoded_byte(text.substr(i));
    if (!byte) return std::nullopt;
    out += *byte;
    i += 2;
  }
  return out;
}

constexpr std::uint16_t https_port = 443;

bool is_one_of(std::string_view scheme, std::string_view one, std::string_view other) {
  return ascii::equals_ignoring_case(scheme, one) || ascii::equals_ignoring_case(scheme, other);
}

// The authority as a browser would send it for a name outside ASCII; unchanged where it has none.
std::string with_a_labels(std::string_view authority) {
  if (host::is_ascii(authority)) return std::string(authority);
  const auto colon = std::min(authority.rfind(':'), authority.size());
  const auto name = host::to_a_labels(authority.substr(0, colon));
  return name ? *name + std::string(authority.substr(colon)) : std::string(authority);
}

// A client opens a tunnel to such a site and shows the proxy nothing but host and port.
Result<http::Authority, http::ParseError> read_tunnel_target(std::string_view authority) {
  return http::parse_authority(with_a_labels(authority), https_port);
}

// A client sends such a URL as the request-target, without its fragment, and the proxy reads it as a whole.
Result<http::Authority, http::ParseError> read_request_target(const std::string& url) {
  http::RequestHead head;
  head.method = "GET";
  head.target = std::string_view(url).substr(0, url.find('#'));
  auto target = http::parse_target(head);
  if (!target) return Err{target.error()};
  return std::move(target->authority);
}

std::size_t authority_end(std::string_view text) {
  return std::min(text.find_first_of("/?#"), text.size());
}

Result<http::Authority, http::ParseError> read_authority(std::string_view site) {
  const std::string_view front = site.substr(0, authority_end(site));
  std::string_view rest = site.substr(front.size());
  const bool is_url = front.ends_with(':') && rest.starts_with("//");
  if (!is_url) {
    if (front.ends_with(':')) return Err{http::ParseError{400, "a colon without :// or a port behind it"}};
    return read_tunnel_target(front);
  }
  rest.remove_prefix(2);
  const std::string_view authority = rest.substr(0, authority_end(rest));
  if (is_one_of(front.substr(0, front.size() - 1), "https", "wss")) return read_tunnel_target(authority);
  const std::string_view path = rest.substr(authority.size());
  return read_request_target(std::string(front).append("//").append(with_a_labels(authority)).append(path));
}

}  // namespace

std::optional<std::string> query_value(std::string_view target, std::string_view name) {
  const auto question = target.find('?');
  if (question == std::string_view::npos) return std::nullopt;
  std::string_view rest = target.substr(question + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return percent_decoded(pair.substr(equals + 1));
    }
  }
  return std::nullopt;
}

Result<http::Authority, std::string> read_site(std::string_view text) {
  auto out = read_authority(ascii::trim(text));
  if (!out)
    return Err{fmt::format("'{}' is neither a URL nor a host: {}", printable(text, 80), out.error().why)};
  return std::move(*out);
}

}  // namespace aluvia::admin
