// Fields that must not stand in a trailer section (RFC 9110 §6.5.1).
#pragma once

#include <cstddef>
#include <string_view>

namespace aluvia::http {

/// The longest name that one of the functions below knows.
inline constexpr std::size_t longest_forbidden_trailer = 25;  // Proxy-Authentication-Info

/// True for a trailer field that would frame or route the message, or belongs to one hop: forwarding
/// it would carry past us what forward.cpp removes from a head.
bool is_framing_or_hop_trailer(std::string_view name) noexcept;

/// The same, and authentication, cookies and fields that say how to read the content. A client that merged
/// such a trailer into the head would act on it after the fact. Proxy-Status may be a trailer (RFC 9209 §2),
/// but one that names us must not pass, and a name alone does not tell which one it is. Authentication-Info
/// may be a trailer (RFC 9110 §11.6.3), and so may digests (RFC 9530).
bool is_forbidden_trailer(std::string_view name) noexcept;

}  // namespace aluvia::http
