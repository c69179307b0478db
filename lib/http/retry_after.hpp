// Parses the Retry-After field (RFC 9110 §10.2.3).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace aluvia::http {

/// Returns the seconds from `now`, at most a year; 0 for a date in the past. Of the three date forms this
/// reads IMF-fixdate only (RFC 9110 §5.6.7), because servers generate no other. Returns nothing for other
/// text.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view text,
                                                      std::chrono::system_clock::time_point now);

}  // namespace aluvia::http
