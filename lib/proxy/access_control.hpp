// AccessControl: decides from which addresses clients may connect, and which credentials a request must have.
// It does not depend on the destination of a request.
#pragma once

#include "base/logger.hpp"
#include "base/secret.hpp"
#include "http/head.hpp"
#include "net/addresses.hpp"
#include "net/known_secret.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace aluvia::proxy {

struct AccessOptions {
  std::vector<net::AddressRange> allow_from{};  ///< besides loopback; empty: from anywhere
  Secret proxy_auth{};                          ///< user:password; empty: no credentials are asked for
};

/// Loop thread only.
class AccessControl {
 public:
  AccessControl(const AccessOptions& options, const Logger& logger);

  /// Returns true if the client of an accepted socket may connect. Logs a client that may not.
  bool admits(const net::Socket& client);

  /// Returns true if the request has exactly one Proxy-Authorization field with the right Basic credentials
  /// (RFC 9110 §11.7), or if none are required.
  bool admits(const http::RequestHead& head) const noexcept;
  /// True where requests must carry credentials.
  bool wants_credentials() const noexcept { return token_.has_value(); }
  /// True where `value` of a Proxy-Authorization field holds the right ones. Precondition:
  /// wants_credentials().
  bool accepts(std::string_view value) const noexcept;
  /// True where these are the right ones, as a SOCKS client sends them, or where none are asked for.
  bool accepts(std::string_view user, std::string_view password) const;

 private:
  const Logger& logger_;
  std::vector<net::AddressRange> allow_from_;
  std::optional<net::KnownSecret> token_;
};

}  // namespace aluvia::proxy
