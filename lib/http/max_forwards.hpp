// Max-Forwards (RFC 9110 §7.6.2): how many more proxies and gateways a TRACE or OPTIONS request may pass, and
// what the one answers that may not pass it on.
//
//   Max-Forwards = 1*DIGIT
#pragma once

#include "http/head.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aluvia::http {

/// Returns how often the request may still be forwarded: decimal digits without leading zeros, of any length.
/// Nothing where it does not say so: another method, no field, two of them, or one that is no number; such a
/// field is forwarded as it is.
std::optional<std::string_view> max_forwards(const RequestHead& head) noexcept;

/// True if the request must not be forwarded: max_forwards() is 0.
bool is_last_recipient(const RequestHead& head) noexcept;

/// Returns the Max-Forwards to send: one less than max_forwards(). Empty where there is none, or it is 0.
std::string fewer_forwards(const RequestHead& head);

/// The whole answer of the last recipient, behind which the connection ends. OPTIONS: which methods go on.
/// TRACE: the head as it was received, without the fields that hold credentials (RFC 9110 §9.3.8).
/// Precondition: is_last_recipient(head).
std::string last_recipient_answer(const RequestHead& head);

}  // namespace aluvia::http
