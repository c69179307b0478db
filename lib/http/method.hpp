// Properties of request methods (RFC 9110 §9.2).
#pragma once

#include <string_view>

namespace aluvia::http {

/// Returns true if two identical requests have the effect of one (RFC 9110 §9.2.2). False for unknown
/// methods. Methods are case-sensitive.
bool is_idempotent(std::string_view method) noexcept;

}  // namespace aluvia::http
