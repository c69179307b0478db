#include "rules/host_text.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

namespace aluvia::rules {
namespace {

// Writes the network-order bytes of an address; the C library's form is that of RFC 5952.
std::string written(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_ntop(family, address, text.data(), static_cast<socklen_t>(text.size())) == nullptr) return {};
  return text.data();
}

// Decimal, octal or hexadecimal. A host that ends in one is an address to browsers, never a name.
bool is_number(std::string_view label) noexcept {
  if (label.starts_with("0x")) {
    return std::all_of(label.begin() + 2, label.end(), [](char c) { return ascii::hex_value(c) >= 0; });
  }
  return !label.empty() && std::all_of(label.begin(), label.end(), ascii::is_digit);
}

}  // namespace

std::optional<std::string> fold_ipv6(std::string_view text) {
  in6_addr address{};
  if (inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1) return std::nullopt;
  if (IN6_IS_ADDR_V4MAPPED(&address)) return written(AF_INET, &address.s6_addr[12]);
  return written(AF_INET6, &address);
}

std::optional<std::string> fold_name(std::string_view text) {
  std::string name = ascii::to_lower(text);
  if (!is_number(std::string_view(name).substr(name.rfind('.') + 1))) return name;
  in_addr address{};
  if (inet_aton(name.c_str(), &address) == 0) return std::nullopt;
  return written(AF_INET, &address);
}

bool is_name(std::string_view text) noexcept {
  char before = '.';
  for (const char c : text) {
    if (c == '.' ? before == '.' : !ascii::is_alnum(c) && c != '-' && c != '_') return false;
    before = c;
  }
  return before != '.';
}

}  // namespace aluvia::rules
