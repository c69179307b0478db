// Classifies trailer fields that must not be forwarded (RFC 9110 §6.5.1).
#pragma once

#include <cstddef>
#include <string_view>

namespace aluvia::http {

/// Length in bytes of the longest name that the functions below return true for.
inline constexpr std::size_t longest_forbidden_trailer = 25;  // Proxy-Authentication-Info

/// Returns true for a trailer field that frames or routes the message, or belongs to one hop. forward.cpp
/// removes these from heads, and a trailer must not bypass that.
bool is_framing_or_hop_trailer(std::string_view name) noexcept;

/// As is_framing_or_hop_trailer(), and true for authentication, cookies and fields about the content: a
/// client that merges trailers into the head would act on them too late. Proxy-Status may be a trailer (RFC
/// 9209 §2), but one in our name must not be forwarded, and only the name is known here. Authentication-Info
/// (RFC 9110 §11.6.3) and digests (RFC 9530) are allowed.
bool is_forbidden_trailer(std::string_view name) noexcept;

}  // namespace aluvia::http
