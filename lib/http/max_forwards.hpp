// Implements Max-Forwards (RFC 9110 §7.6.2), which limits how many proxies forward a TRACE or OPTIONS
// request.
//
//   Max-Forwards = 1*DIGIT
#pragma once

#include "http/head.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aluvia::http {

/// Returns how many times the request may be forwarded: decimal digits without leading zeros, of any length.
/// Returns nothing for another method, no field, more than one, or a value that is not a number; such a field
/// is forwarded unchanged.
std::optional<std::string_view> max_forwards(const RequestHead& head) noexcept;

/// Returns true if the request must not be forwarded: max_forwards() is 0.
bool is_last_recipient(const RequestHead& head) noexcept;

/// Returns max_forwards() minus one. Empty if there is none, or if it is 0.
std::string fewer_forwards(const RequestHead& head);

/// Returns the complete response of the last recipient; the connection ends behind it. OPTIONS: the methods
/// that are forwarded. TRACE: the head as received, without fields that hold credentials (RFC 9110 §9.3.8).
/// Precondition: is_last_recipient(head).
std::string last_recipient_answer(const RequestHead& head);

}  // namespace aluvia::http
