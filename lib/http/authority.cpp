// Parser for authorities.
//
//   authority    = host [ ":" port ]     (RFC 3986 §3.2, without userinfo: RFC 9110 §4.2.4)
//   host         see host/host.hpp
//   port         = *DIGIT                (empty means none, RFC 3986 §3.2.3)
#include "http/authority.hpp"

#include "base/ascii.hpp"
#include "host/host.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::http {
namespace {

Err<ParseError> wrong(std::string_view why) {
  return Err{ParseError{400, why}};
}

HostKind kind_of(host::Kind kind) {
  switch (kind) {
    case host::Kind::ipv4:
      return HostKind::ipv4;
    case host::Kind::ipv6:
      return HostKind::ipv6;
    case host::Kind::name:
      break;
  }
  return HostKind::name;
}

Result<Authority, ParseError> authority_of(Result<host::Host, host::HostError> host) {
  if (!host) return wrong(host::describe(host.error()));
  return Authority{std::move(host->text), 0, kind_of(host->kind)};
}

// ---- ports

// Precondition: `text` is empty or begins with the colon.
Result<std::uint16_t, ParseError> parse_port(std::string_view text,
                                             std::optional<std::uint16_t> default_port) {
  if (text.size() <= 1) {
    if (!default_port) return wrong("an authority without a port");
    return *default_port;
  }
  unsigned port = 0;
  for (const char c : text.substr(1)) {
    if (!ascii::is_digit(c)) return wrong("a port that is not a number");
    port = port * 10 + static_cast<unsigned>(c - '0');
    if (port > 65535) return wrong("a port above 65535");
  }
  if (port == 0) return wrong("port 0");
  return static_cast<std::uint16_t>(port);
}

// Returns the end of the host: the first colon, or the position behind the bracket of an IPv6 literal. npos
// if the bracket is not closed.
std::size_t host_end(std::string_view text) {
  if (!text.starts_with('[')) return std::min(text.find(':'), text.size());
  const std::size_t bracket = text.find(']');
  return bracket == text.npos ? bracket : bracket + 1;
}

}  // namespace

Result<Authority, ParseError> parse_authority(std::string_view text,
                                              std::optional<std::uint16_t> default_port) {
  if (text.find('@') != text.npos) return wrong("user information in an authority");
  const std::size_t end = host_end(text);
  if (end == text.npos) return wrong("an IPv6 address without its closing bracket");
  const std::string_view host = text.substr(0, end);
  const std::string_view rest = text.substr(end);
  if (!rest.empty() && rest[0] != ':') return wrong("characters between the IPv6 address and the port");
  if (rest.find(':', 1) != rest.npos)
    return wrong("an authority with more than one port, or IPv6 without brackets");

  auto authority =
      authority_of(host.starts_with('[') ? host::canonical_host(host) : host::canonical_name(host));
  if (!authority) return authority;
  const auto port = parse_port(rest, default_port);
  if (!port) return Err{port.error()};
  authority->port = *port;
  return authority;
}

Result<Authority, ParseError> parse_host(std::string_view text) {
  return authority_of(host::canonical_host(text));
}

std::string Authority::text() const {
  std::string out;
  out.reserve(host.size() + sizeof("[]:65535"));
  append_to(out);
  return out;
}

bool is_loopback(const Authority& authority) noexcept {
  const std::string_view host = authority.host;
  switch (authority.kind) {
    case HostKind::ipv4:
      return host.starts_with("127.") || host == "0.0.0.0";
    case HostKind::ipv6:
      return host == "::1" || host == "::";
    case HostKind::name:
      break;
  }
  return host == "localhost" || host.ends_with(".localhost");
}

}  // namespace aluvia::http
