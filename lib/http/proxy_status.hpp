// Reads and filters Proxy-Status (RFC 9209), the list of intermediaries that handled a response. Members in
// our name are written by this proxy only, so that a client can tell its errors from an origin's.
#pragma once

#include <string>
#include <string_view>

namespace aluvia::http {

/// The name of this proxy in Proxy-Status.
inline constexpr std::string_view proxy_name = "aluvia-connect";

/// Returns true if a Proxy-Status value from another server may hold a member in our name, in any letter
/// case. A fast check: it is also true for some values that hold none.
bool may_name_us(std::string_view proxy_status) noexcept;

/// Returns the value without members in our name, as a token or a string, in any letter case. Other members
/// stay byte for byte. Empty if none remains. Readers disagree about the members of a value with an
/// unterminated string, so such a value becomes empty if may_name_us().
std::string without_us(std::string_view proxy_status);

}  // namespace aluvia::http
