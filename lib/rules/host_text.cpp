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

// A name is a number to browsers and to inet_aton when its last label is one; others are never tried, so that
// no spelling of inet_aton's (it stops at white space) can turn a name into an address.
bool ends_in_number(std::string_view text) noexcept {
  const std::string_view last = text.substr(text.rfind('.') + 1);
  return !last.empty() && ascii::is_digit(last.front());
}

}  // namespace

std::optional<std::string> fold_ipv6(std::string_view text) {
  in6_addr address{};
  if (inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1) return std::nullopt;
  if (IN6_IS_ADDR_V4MAPPED(&address)) return written(AF_INET, &address.s6_addr[12]);
  return written(AF_INET6, &address);
}

std::string fold_name(std::string_view text) {
  std::string name = ascii::to_lower(text);
  in_addr address{};
  if (ends_in_number(name) && inet_aton(name.c_str(), &address) != 0) return written(AF_INET, &address);
  return name;
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
