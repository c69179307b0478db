// Max-Forwards (RFC 9110 §7.6.2): how many more proxies and gateways a TRACE or OPTIONS request may pass, and
// what the one answers that may not pass it on.
//
//   Max-Forwards = 1*DIGIT
#pragma once

#include "http/head.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace aluvia::http {

/// How often the request may still be forwarded. Nothing where it does not say so: another method, no field,
/// or one that is no number of at most 64 bits or stands there twice; such a field is forwarded as it is.
std::optional<std::uint64_t> max_forwards(const RequestHead& head) noexcept;

/// The whole answer of the last recipient, behind which the connection ends. OPTIONS: which methods go on.
/// TRACE: the head as it was received, without the fields that hold credentials (RFC 9110 §9.3.8).
/// Precondition: max_forwards(head) is 0.
std::string last_recipient_answer(const RequestHead& head);

}  // namespace aluvia::http
