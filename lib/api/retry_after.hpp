// The Retry-After field (RFC 9110 §10.2.3), as text and a clock value in, seconds out.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace aluvia::api {

/// Seconds from `now`; a date in the past gives 0. Of the three date forms only IMF-fixdate (RFC 9110 §5.6.7)
/// is read: nobody generates the others. Nothing where the text is neither. Whoever waits caps it.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view text,
                                                      std::chrono::system_clock::time_point now);

}  // namespace aluvia::api
