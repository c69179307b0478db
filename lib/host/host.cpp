#include "host/host.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace aluvia::host {
namespace {

constexpr std::size_t max_name = 253;
constexpr std::size_t max_label = 63;

constexpr std::size_t octet(char c) {
  return static_cast<unsigned char>(c);
}

// ---- IPv4

Host make_ipv4(std::uint32_t address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  char* end = text.data();
  for (int shift = 24; shift >= 0; shift -= 8) {
    end = std::to_chars(end, text.data() + text.size(), (address >> shift) & 0xFFU).ptr;
    if (shift > 0) *end++ = '.';
  }
  return {std::string(text.data(), end), Kind::ipv4};
}

bool has_hex_prefix(std::string_view text) {
  return text.starts_with("0x");
}

// Precondition: `label` is in lower case.
bool is_number(std::string_view label) {
  if (has_hex_prefix(label)) {
    return std::all_of(label.begin() + 2, label.end(), [](char c) { return ascii::hex_value(c) >= 0; });
  }
  return !label.empty() && std::all_of(label.begin(), label.end(), ascii::is_digit);
}

// Returns the value of a decimal, octal or hexadecimal number of at most 32 bits. "0x" alone is 0, as in
// browsers.
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

// The last number fills all remaining bytes: 127.1 is 127.0.0.1.
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

// Maps each character of a host name to lower case, and all other characters to NUL.
constexpr std::array<char, 256> make_host_table() {
  std::array<char, 256> table{};
  for (unsigned c = 0; c < 128; ++c) {
    if (ascii::is_alnum(static_cast<char>(c))) table[c] = ascii::lower(static_cast<char>(c));
  }
  for (const char c : std::string_view("-._")) table[octet(c)] = c;
  return table;
}
constexpr auto host_table = make_host_table();

HostError error_of(char c) {
  if (octet(c) >= 0x80) return HostError::not_ascii;
  if (c == '%') return HostError::percent;
  if (c == '@') return HostError::user_information;
  return HostError::character;
}

// Returns the first error in the labels of a name, or nothing.
std::optional<HostError> label_error(std::string_view name) {
  if (name.size() > max_name) return HostError::long_name;
  while (true) {
    const std::size_t length = std::min(name.find('.'), name.size());
    if (length == 0) return HostError::empty_label;
    if (length > max_label) return HostError::long_label;
    if (length == name.size()) return std::nullopt;
    name.remove_prefix(length + 1);
  }
}

Result<std::string, HostError> fold(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const char folded = host_table[octet(c)];
    if (folded == '\0') return Err{error_of(c)};
    c = folded;
  }
  return out;
}

}  // namespace

std::string_view describe(HostError error) noexcept {
  switch (error) {
    case HostError::empty:
      return "an empty host";
    case HostError::not_ascii:
      return "a host name outside ASCII: write it in its xn-- form";
    case HostError::percent:
      return "percent-encoding in a host name";
    case HostError::user_information:
      return "user information in an authority";
    case HostError::character:
      return "a forbidden character in a host name";
    case HostError::empty_label:
      return "a host name with an empty label";
    case HostError::long_label:
      return "a host name with a label of more than 63 bytes";
    case HostError::long_name:
      return "a host name of more than 253 bytes";
    case HostError::not_ipv4:
      return "a host that ends in a number and is not an IPv4 address";
    case HostError::not_ipv6:
      return "not an IPv6 address";
    case HostError::zone_id:
      return "an IPv6 address with a zone id";
    case HostError::open_bracket:
      return "an IPv6 address without its closing bracket";
  }
  return "not a host";
}

Result<std::string, HostError> canonical_labels(std::string_view text) {
  auto labels = fold(text);
  if (!labels) return labels;
  if (const auto error = label_error(*labels)) return Err{*error};
  return labels;
}

Result<Host, HostError> canonical_name(std::string_view text) {
  if (text.empty()) return Err{HostError::empty};
  auto name = fold(text);
  if (!name) return Err{name.error()};
  if (name->ends_with('.')) name->pop_back();
  if (const auto error = label_error(*name)) return Err{*error};
  const std::string_view host = *name;
  if (!is_number(host.substr(host.rfind('.') + 1))) return Host{std::move(*name), Kind::name};
  const auto address = parse_ipv4(host);
  if (!address) return Err{HostError::not_ipv4};
  return make_ipv4(*address);
}

Result<Host, HostError> canonical_ipv6(std::string_view text) {
  if (text.find('%') != text.npos) return Err{HostError::zone_id};
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  in6_addr address{};
  if (text.size() >= buffer.size() || text.find('\0') != text.npos) return Err{HostError::not_ipv6};
  std::copy(text.begin(), text.end(), buffer.begin());
  if (inet_pton(AF_INET6, buffer.data(), &address) != 1) return Err{HostError::not_ipv6};
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    std::uint32_t ipv4 = 0;
    for (std::size_t i = 12; i < 16; ++i) ipv4 = (ipv4 << 8U) | address.s6_addr[i];
    return make_ipv4(ipv4);
  }
  inet_ntop(AF_INET6, &address, buffer.data(), buffer.size());
  return Host{std::string(buffer.data()), Kind::ipv6};
}

Result<Host, HostError> canonical_host(std::string_view text) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']') || text.size() < 2) return Err{HostError::open_bracket};
    return canonical_ipv6(text.substr(1, text.size() - 2));
  }
  return text.find(':') == text.npos ? canonical_name(text) : canonical_ipv6(text);
}

}  // namespace aluvia::host
