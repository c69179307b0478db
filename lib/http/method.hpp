// What the method of a request promises (RFC 9110 §9.2).
#pragma once

#include <string_view>

namespace aluvia::http {

/// Whether doing it twice has the effect of doing it once (§9.2.2). Not so for a method that is not known;
/// methods are case-sensitive.
bool is_idempotent(std::string_view method) noexcept;

}  // namespace aluvia::http
