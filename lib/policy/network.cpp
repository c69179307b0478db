#include "policy/network.hpp"

#include "base/ascii.hpp"
#include "base/number.hpp"

#include <algorithm>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace aluvia::policy {
namespace {

constexpr unsigned mapped_prefix = 96;
constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool is_mapped(const AddressBytes& bytes) noexcept {
  return std::equal(mapped.begin(), mapped.end(), bytes.begin());
}

// A name never looks like this: canonical names that end in a digit's label are addresses (host/host.hpp).
bool may_be_address(std::string_view host) noexcept {
  return !host.empty() && (ascii::is_digit(host.back()) || host.find(':') != host.npos);
}

}  // namespace

std::optional<AddressBytes> address_of(std::string_view host) noexcept {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (!may_be_address(host) || host.size() >= text.size()) return std::nullopt;
  std::copy(host.begin(), host.end(), text.begin());
  AddressBytes bytes{};
  if (::inet_pton(AF_INET6, text.data(), bytes.data()) == 1) return bytes;
  std::copy(mapped.begin(), mapped.end(), bytes.begin());
  if (::inet_pton(AF_INET, text.data(), bytes.data() + mapped.size()) == 1) return bytes;
  return std::nullopt;
}

AddressBytes masked(AddressBytes address, unsigned prefix) noexcept {
  const std::size_t whole = prefix / 8;
  for (std::size_t i = whole; i < address.size(); ++i) {
    const unsigned kept = i == whole ? prefix % 8 : 0;
    address[i] &= static_cast<unsigned char>(0xFF00U >> kept);
  }
  return address;
}

bool Network::is_ipv4() const noexcept {
  return prefix >= mapped_prefix && is_mapped(bytes);
}

bool Network::contains(const AddressBytes& address) const noexcept {
  if (is_mapped(address) && prefix < mapped_prefix) return false;
  return masked(address, prefix) == bytes;
}

std::string Network::text() const {
  std::array<char, INET6_ADDRSTRLEN> out{};
  const bool v4 = is_ipv4();
  ::inet_ntop(v4 ? AF_INET : AF_INET6, bytes.data() + (v4 ? mapped.size() : 0), out.data(), out.size());
  if (is_address()) return out.data();
  return fmt::format("{}/{}", out.data(), v4 ? prefix - mapped_prefix : prefix);
}

Result<Network, std::string> parse_cidr(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = address_of(text.substr(0, slash));
  if (!address || slash == text.npos)
    return Err{std::string("it is no network; write one like \"10.0.0.0/8\" or \"fd00::/8\"")};
  const bool v4 = is_mapped(*address);
  const unsigned most = v4 ? 32 : 128;
  const auto prefix = parse_number<unsigned>(text.substr(slash + 1));
  if (!prefix || *prefix > most)
    return Err{fmt::format("its prefix is no number from 0 to {}; write one like \"{}\"", most,
                           v4 ? "10.0.0.0/8" : "fd00::/8")};
  const unsigned bits = v4 ? *prefix + mapped_prefix : *prefix;
  const Network network{masked(*address, bits), bits};
  if (network.bytes != *address)
    return Err{
        fmt::format("it has bits set behind its prefix; write \"{}\" for the network, or \"{}\" for "
                    "the address",
                    network.text(), text.substr(0, slash))};
  return network;
}

}  // namespace aluvia::policy
