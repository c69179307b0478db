// Proxy-Status (RFC 9209): a list of the intermediaries that a response passed, each with what happened
// there. Members in our name are ours to write: a client must be able to tell our faults from an origin's.
#pragma once

#include <string>
#include <string_view>

namespace aluvia::http {

/// The name by which this proxy stands in Proxy-Status.
inline constexpr std::string_view proxy_name = "aluvia-connect";

/// True if a Proxy-Status value from another server may hold a member in our name, in any letter case; also
/// for some values that hold none.
bool may_name_us(std::string_view proxy_status) noexcept;

/// Returns the value without the members whose intermediary is called like us, as a token or as a string, in
/// any letter case; all others stay byte for byte. Empty where none remains. A value with a string that does
/// not end has no members that all readers agree on: it goes whole if it may name us.
std::string without_us(std::string_view proxy_status);

}  // namespace aluvia::http
