// Authorities, folded into one spelling.
//
//   authority    = host [ ":" port ]                 (RFC 3986 §3.2, userinfo refused: RFC 9110 §4.2.4)
//   host         = "[" IPv6address "]" / IPv4 / name
//   IPv4         = number *3( "." number )           (inet_aton, and the WHATWG URL standard's IPv4 parser)
//   number       = 1*DIGIT / "0" *OCTDIGIT / "0x" *HEXDIG
//   name         = label *( "." label ) [ "." ]      (RFC 1123 §2.1, and '_' as it is met in the wild)
//   port         = *DIGIT                            (empty means none, RFC 3986 §3.2.3)
//
// As in browsers, a host whose last label is a number is an IPv4 address or wrong, never a name: otherwise
// 127.1 would pass for a name here and reach this machine all the same. Names are not looked up here.
#include "http/authority.hpp"

#include "base/ascii.hpp"
#include "http/characters.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace aluvia::http {
namespace {

constexpr std::size_t max_name = 253;
constexpr std::size_t max_label = 63;

Err<Malformed> wrong(std::string_view why) {
  return Err{Malformed{400, why}};
}

Authority make_ipv4(std::uint32_t address) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += std::to_string((address >> shift) & 0xFFU);
    if (shift > 0) text += '.';
  }
  return {std::move(text), 0, HostKind::ipv4};
}

// ---- IPv6

Result<Authority, Malformed> fold_ipv6(std::string_view text) {
  if (text.find('%') != text.npos) return wrong("an IPv6 address with a zone id");
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  in6_addr address{};
  if (text.size() >= buffer.size() || text.find('\0') != text.npos) return wrong("not an IPv6 address");
  std::copy(text.begin(), text.end(), buffer.begin());
  if (inet_pton(AF_INET6, buffer.data(), &address) != 1) return wrong("not an IPv6 address");
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    std::uint32_t ipv4 = 0;
    for (std::size_t i = 12; i < 16; ++i) ipv4 = (ipv4 << 8U) | address.s6_addr[i];
    return make_ipv4(ipv4);
  }
  inet_ntop(AF_INET6, &address, buffer.data(), buffer.size());
  return Authority{std::string(buffer.data()), 0, HostKind::ipv6};
}

// ---- IPv4

bool has_hex_prefix(std::string_view text) {
  return text.starts_with("0x");
}

// Precondition: lower case.
bool is_number(std::string_view label) {
  if (has_hex_prefix(label)) {
    return std::all_of(label.begin() + 2, label.end(), [](char c) { return ascii::hex_value(c) >= 0; });
  }
  return !label.empty() && std::all_of(label.begin(), label.end(), ascii::is_digit);
}

// Value of a decimal, octal or hexadecimal number of at most 32 bits.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (!is_number(text)) return std::nullopt;
  unsigned base = 10;
  if (has_hex_prefix(text)) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    const auto digit = static_cast<unsigned>(ascii::hex_value(c));
    value = value * base + digit;
    if (digit >= base || value > 0xFFFFFFFFU) return std::nullopt;
  }
  return value;
}

// The last number fills all the bytes that the others leave: 127.1 is 127.0.0.1.
std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
  std::uint64_t address = 0;
  for (unsigned part = 0; part < 4; ++part) {
    const std::size_t dot = text.find('.');
    const auto number = parse_number(text.substr(0, dot));
    if (!number) return std::nullopt;
    if (dot == text.npos) {
      if (*number >> (8 * (4 - part)) != 0) return std::nullopt;
      return static_cast<std::uint32_t>(address | *number);
    }
    if (*number > 255) return std::nullopt;
    address |= *number << (8 * (3 - part));
    text.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

// ---- names

// Each character of a host name in its folded form; NUL for those that may not stand in one.
constexpr std::array<char, 256> make_host_table() {
  std::array<char, 256> table{};
  for (unsigned c = 0; c < 128; ++c) {
    if (ascii::is_alnum(static_cast<char>(c))) table[c] = ascii::lower(static_cast<char>(c));
  }
  for (const char c : std::string_view("-._")) table[detail::octet(c)] = c;
  return table;
}
constexpr auto host_table = make_host_table();

std::string_view why_no_host_char(char c) {
  if (detail::octet(c) >= 0x80) return "a host name outside ASCII: write it in its xn-- form";
  if (c == '%') return "percent-encoding in a host name";
  if (c == '@') return "user information in an authority";
  return "a forbidden character in a host name";
}

// Why the labels of a name cannot be a host, or nothing.
std::string_view label_fault(std::string_view name) {
  if (name.size() > max_name) return "a host name of more than 253 bytes";
  while (true) {
    const std::size_t length = std::min(name.find('.'), name.size());
    if (length == 0) return "a host name with an empty label";
    if (length > max_label) return "a host name with a label of more than 63 bytes";
    if (length == name.size()) return {};
    name.remove_prefix(length + 1);
  }
}

// A host that is not in brackets.
Result<Authority, Malformed> fold_name(std::string_view text) {
  if (text.empty()) return wrong("an empty host");
  Authority authority{std::string(text), 0, HostKind::name};
  for (char& c : authority.host) {
    const char folded = host_table[detail::octet(c)];
    if (folded == '\0') return wrong(why_no_host_char(c));
    c = folded;
  }
  if (authority.host.ends_with('.')) authority.host.pop_back();
  const std::string_view host = authority.host;
  if (const auto why = label_fault(host); !why.empty()) return wrong(why);
  if (!is_number(host.substr(host.rfind('.') + 1))) return authority;
  const auto address = parse_ipv4(host);
  if (!address) return wrong("a host that ends in a number and is not an IPv4 address");
  return make_ipv4(*address);
}

// ---- ports

// `text` is empty or begins with the colon.
Result<std::uint16_t, Malformed> parse_port(std::string_view text,
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

// Where host and port part; for a literal behind the bracket. npos where the bracket is not closed.
std::size_t host_end(std::string_view text) {
  if (!text.starts_with('[')) return std::min(text.find(':'), text.size());
  const std::size_t bracket = text.find(']');
  return bracket == text.npos ? bracket : bracket + 1;
}

}  // namespace

Result<Authority, Malformed> parse_authority(std::string_view text,
                                             std::optional<std::uint16_t> default_port) {
  if (text.find('@') != text.npos) return wrong("user information in an authority");
  const std::size_t end = host_end(text);
  if (end == text.npos) return wrong("an IPv6 address without its closing bracket");
  const std::string_view host = text.substr(0, end);
  const std::string_view rest = text.substr(end);
  if (!rest.empty() && rest[0] != ':') return wrong("characters between the IPv6 address and the port");
  if (rest.find(':', 1) != rest.npos)
    return wrong("an authority with more than one port, or IPv6 without brackets");

  auto authority = host.starts_with('[') ? fold_ipv6(host.substr(1, host.size() - 2)) : fold_name(host);
  if (!authority) return authority;
  const auto port = parse_port(rest, default_port);
  if (!port) return Err{port.error()};
  authority->port = *port;
  return authority;
}

Result<Authority, Malformed> parse_host(std::string_view text) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return wrong("an IPv6 address without its closing bracket");
    return fold_ipv6(text.substr(1, text.size() - 2));
  }
  return text.find(':') == text.npos ? fold_name(text) : fold_ipv6(text);
}

std::string Authority::text() const {
  const std::string number = std::to_string(port);
  return kind == HostKind::ipv6 ? '[' + host + "]:" + number : host + ':' + number;
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
