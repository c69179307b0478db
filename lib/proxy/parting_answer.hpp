// Answers a client without waiting for it: for clients that are let go because too many are connected.
#pragma once

#include "net/stream.hpp"

#include <span>
#include <string_view>

namespace aluvia::proxy {

/// Sends `answer` and ends our side; the caller closes the stream. A close with unread bytes is a reset,
/// which can overtake the answer: the bytes received so far are read into `scratch` and dropped. Where the
/// client takes no answer, the close becomes a reset.
void send_parting_answer(net::Stream& client, std::string_view answer, std::span<char> scratch) noexcept;

}  // namespace aluvia::proxy
