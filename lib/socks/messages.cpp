#include "socks/messages.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace aluvia::socks {
namespace {

constexpr char password_version = 0x01;
constexpr char connect = 0x01;
constexpr char bind = 0x02;
constexpr char udp_associate = 0x03;

enum AddressType : char { ipv4 = 0x01, name = 0x03, ipv6 = 0x04 };

constexpr std::size_t address_begin = 4;  // behind VER CMD RSV ATYP
constexpr std::size_t port_size = 2;

std::size_t length_at(std::string_view bytes, std::size_t place) noexcept {
  return static_cast<unsigned char>(bytes[place]);
}

Err<ParseError> wrong(std::string_view why, Reply reply = Reply::general_failure) {
  return Err{ParseError{reply, why}};
}

Result<void, ParseError> check_version(std::string_view bytes) {
  if (!bytes.empty() && bytes[0] != version_5) return wrong("a SOCKS message of another version than 5");
  return {};
}

Result<void, ParseError> check_command(std::string_view bytes) {
  if (bytes.size() < 2 || bytes[1] == connect) return {};
  if (bytes[1] == bind) return wrong("SOCKS BIND is not supported", Reply::command_not_supported);
  if (bytes[1] == udp_associate) {
    return wrong("SOCKS UDP ASSOCIATE is not supported", Reply::command_not_supported);
  }
  return wrong("an unknown SOCKS command", Reply::command_not_supported);
}

Result<void, ParseError> check_address_type(std::string_view bytes) {
  if (bytes.size() < address_begin) return {};
  const char type = bytes[address_begin - 1];
  if (type == ipv4 || type == ipv6 || type == name) return {};
  return wrong("an unknown SOCKS address type", Reply::address_type_not_supported);
}

// Where the host stands in a request. Precondition: `bytes` hold the address type, of a known kind.
struct HostPlace {
  std::size_t begin;
  std::size_t size;
  std::size_t request_size() const noexcept { return begin + size + port_size; }
};
std::optional<HostPlace> host_place(std::string_view bytes) noexcept {
  const char type = bytes[address_begin - 1];
  if (type == ipv4) return HostPlace{address_begin, sizeof(in_addr)};
  if (type == ipv6) return HostPlace{address_begin, sizeof(in6_addr)};
  if (bytes.size() == address_begin) return std::nullopt;
  return HostPlace{address_begin + 1, length_at(bytes, address_begin)};
}

// A name may be the text of an address, as clients send it that resolve nothing.
std::string host_text(char type, std::string_view host) {
  if (type == name) return std::string(host);
  std::array<char, INET6_ADDRSTRLEN> text{};
  // Fails for unknown families and short buffers only.
  inet_ntop(type == ipv4 ? AF_INET : AF_INET6, host.data(), text.data(), text.size());
  return text.data();
}

}  // namespace

Parsed<Greeting> parse_greeting(std::string_view bytes) {
  if (const auto version = check_version(bytes); !version) return Err{version.error()};
  if (bytes.size() < 2) return std::nullopt;
  const std::size_t count = length_at(bytes, 1);
  if (count == 0) return wrong("a SOCKS greeting without a method");
  const std::string_view methods = bytes.substr(2, count);
  if (methods.size() < count) return std::nullopt;
  const auto offers = [methods](Method method) {
    return methods.find(static_cast<char>(method)) != methods.npos;
  };
  return Message<Greeting>{{offers(Method::no_authentication), offers(Method::password)}, 2 + count};
}

Parsed<Credentials> parse_credentials(std::string_view bytes) {
  if (!bytes.empty() && bytes[0] != password_version) {
    return wrong("SOCKS credentials of another version than 1");
  }
  if (bytes.size() < 2) return std::nullopt;
  const std::size_t user_size = length_at(bytes, 1);
  const std::size_t password_begin = 2 + user_size + 1;
  if (bytes.size() < password_begin) return std::nullopt;
  const std::size_t password_size = length_at(bytes, password_begin - 1);
  if (bytes.size() < password_begin + password_size) return std::nullopt;
  const Credentials credentials{bytes.substr(2, user_size), bytes.substr(password_begin, password_size)};
  return Message<Credentials>{credentials, password_begin + password_size};
}

Parsed<http::Authority> parse_request(std::string_view bytes) {
  if (const auto version = check_version(bytes); !version) return Err{version.error()};
  if (const auto command = check_command(bytes); !command) return Err{command.error()};
  if (bytes.size() > 2 && bytes[2] != 0) return wrong("a SOCKS request whose reserved byte is not 0");
  if (const auto type = check_address_type(bytes); !type) return Err{type.error()};
  if (bytes.size() < address_begin) return std::nullopt;
  const auto place = host_place(bytes);
  if (!place) return std::nullopt;
  if (place->size == 0) return wrong("an empty host");
  if (bytes.size() < place->request_size()) return std::nullopt;

  auto authority =
      http::parse_host(host_text(bytes[address_begin - 1], bytes.substr(place->begin, place->size)));
  if (!authority) return wrong(authority.error().why);
  const std::size_t port_begin = place->begin + place->size;
  authority->port =
      static_cast<std::uint16_t>(length_at(bytes, port_begin) << 8U | length_at(bytes, port_begin + 1));
  if (authority->port == 0) return wrong("port 0");
  return Message<http::Authority>{*std::move(authority), place->request_size()};
}

Method choose_method(const Greeting& greeting, bool wants_credentials) noexcept {
  if (!wants_credentials && greeting.offers_no_authentication) return Method::no_authentication;
  return greeting.offers_password ? Method::password : Method::none_acceptable;
}

std::string method_message(Method method) {
  return {version_5, static_cast<char>(method)};
}

std::string credentials_message(bool are_accepted) {
  return {password_version, static_cast<char>(are_accepted ? 0x00 : 0x01)};
}

std::string reply_message(Reply reply) {
  return {version_5, static_cast<char>(reply), 0, ipv4, 0, 0, 0, 0, 0, 0};
}

std::string version_4_rejection() {
  constexpr char rejected = 0x5B;
  return {0, rejected, 0, 0, 0, 0, 0, 0};
}

}  // namespace aluvia::socks
