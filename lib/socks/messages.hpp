// The messages of a SOCKS5 handshake without I/O, as a server reads and writes them (RFC 1928, RFC 1929).
//
// A parser takes all bytes received and not consumed so far, in each call. It rejects a message at the first
// byte that cannot belong to it, so that 513 bytes are the most that an unfinished message can have. Bytes
// behind a message belong to the next one, or to the tunnel.
#pragma once

#include "base/result.hpp"
#include "http/authority.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::socks {

/// First byte of a connection. No HTTP request begins with either.
inline constexpr char version_4 = 0x04;
inline constexpr char version_5 = 0x05;
constexpr bool is_version(char first) noexcept {
  return first == version_4 || first == version_5;
}

/// RFC 1928 §3.
enum class Method : std::uint8_t { no_authentication = 0x00, password = 0x02, none_acceptable = 0xFF };

/// RFC 1928 §6.
enum class Reply : std::uint8_t {
  succeeded = 0x00,
  general_failure = 0x01,
  not_allowed = 0x02,
  network_unreachable = 0x03,
  host_unreachable = 0x04,
  connection_refused = 0x05,
  ttl_expired = 0x06,
  command_not_supported = 0x07,
  address_type_not_supported = 0x08,
};

/// An invalid message and the reply that tells the client. `why` is a string literal without a part of the
/// message.
struct ParseError {
  Reply reply = Reply::general_failure;
  std::string_view why;
};

/// The methods that a client offers, as far as this server knows them.
struct Greeting {
  bool offers_no_authentication = false;
  bool offers_password = false;
};

/// Views into the bytes that were parsed. A user or a password may be empty, and may hold any bytes.
struct Credentials {
  std::string_view user;
  std::string_view password;
};

template <class T>
struct Message {
  T value;
  std::size_t size;  ///< of the message in bytes
};

/// std::nullopt: more bytes are needed.
template <class T>
using Parsed = Result<std::optional<Message<T>>, ParseError>;

/// VER NMETHODS METHODS (RFC 1928 §3).
Parsed<Greeting> parse_greeting(std::string_view bytes);
/// VER ULEN UNAME PLEN PASSWD (RFC 1929 §2).
Parsed<Credentials> parse_credentials(std::string_view bytes);
/// VER CMD RSV ATYP DST.ADDR DST.PORT (RFC 1928 §4 and §5), for CONNECT only. The host has the canonical form
/// that the same host has in an HTTP request.
Parsed<http::Authority> parse_request(std::string_view bytes);

/// Returns the method to use. A client may authenticate even if the proxy requires no credentials, as in
/// HTTP.
Method choose_method(const Greeting& greeting, bool wants_credentials) noexcept;

std::string method_message(Method method);
/// RFC 1929 §2: the connection ends after a rejection.
std::string credentials_message(bool are_accepted);
/// The bound address is 0.0.0.0:0: clients of CONNECT have no use for it, and it is no business of theirs.
std::string reply_message(Reply reply);
/// Rejects a request of SOCKS4 or SOCKS4a: "request rejected or failed" (91).
std::string version_4_rejection();

}  // namespace aluvia::socks
