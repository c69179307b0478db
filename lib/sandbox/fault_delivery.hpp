// Delivers a response with a fault.
#pragma once

#include "sandbox/fault.hpp"
#include "sandbox/wire.hpp"

#include <string>
#include <string_view>

namespace aluvia::sandbox {

/// A response in two parts, because a stalled body needs to know where it begins.
struct Answer {
  Answer(std::string h, std::string b) : head(std::move(h)), body(std::move(b)) {}
  std::string head;  ///< with the blank line
  std::string body;
};

/// Returns a head with the status's usual reason, `fields` (lines with CRLF), and Content-Length if the
/// status has a body.
std::string response_head(int status, std::string_view fields, std::size_t content_length);

/// Returns the response of the fault, or `right` if it has no status and its kind allows that.
Answer faulty_answer(const Fault& fault, const Answer& right);

/// Returns the status that a client will read, 0 for none.
int visible_status(const Fault& fault, int right_status) noexcept;

/// Returns true if the connection can be used again; otherwise it was ended as the fault demands.
asio::awaitable<bool> deliver_fault(Wire& wire, const Fault& fault, const Answer& answer);

}  // namespace aluvia::sandbox
