#include "admin/site.hpp"

#include "base/ascii.hpp"
#include "base/logger.hpp"
#include "host/a_labels.hpp"

#include <algorithm>
#include <charconv>

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
    unsigned value = 0;
    const char* const from = text.data() + i + 1;
    if (text.size() - i < 3 || std::from_chars(from, from + 2, value, 16).ptr != from + 2)
      return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

std::optional<std::uint16_t> port_of_scheme(std::string_view scheme) {
  if (ascii::equals_ignoring_case(scheme, "http") || ascii::equals_ignoring_case(scheme, "ws")) return 80;
  if (ascii::equals_ignoring_case(scheme, "https") || ascii::equals_ignoring_case(scheme, "wss")) return 443;
  return std::nullopt;
}

// The authority as a browser would send it for a name outside ASCII; unchanged where it has none.
std::string with_a_labels(std::string_view authority) {
  if (host::is_ascii(authority)) return std::string(authority);
  const auto colon = std::min(authority.rfind(':'), authority.size());
  const auto name = host::to_a_labels(authority.substr(0, colon));
  return name ? *name + std::string(authority.substr(colon)) : std::string(authority);
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
  std::string_view authority = ascii::trim(text);
  std::uint16_t port = 443;
  if (const auto colon = authority.find("://"); colon != std::string_view::npos) {
    const auto known = port_of_scheme(authority.substr(0, colon));
    if (!known) return Err{fmt::format("'{}' has no scheme that a proxy carries", printable(text, 80))};
    port = *known;
    authority.remove_prefix(colon + 3);
  }
  authority = authority.substr(0, authority.find_first_of("/?#"));
  auto out = http::parse_authority(with_a_labels(authority), port);
  if (!out)
    return Err{fmt::format("'{}' is neither a URL nor a host: {}", printable(text, 80), out.error().why)};
  return std::move(*out);
}

}  // namespace aluvia::admin
