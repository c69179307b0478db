// Reason phrases of HTTP statuses: the one table from which every response of this project takes its own.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace aluvia::http {

struct StatusRow {
  int status;
  std::string_view reason;
};

/// Sorted by status. RFC 9110 §15; the source of the others stands beside them.
inline constexpr std::array status_table{
    StatusRow{100, "Continue"},
    StatusRow{101, "Switching Protocols"},
    StatusRow{102, "Processing"},   // RFC 2518
    StatusRow{103, "Early Hints"},  // RFC 8297
    StatusRow{200, "OK"},
    StatusRow{201, "Created"},
    StatusRow{202, "Accepted"},
    StatusRow{203, "Non-Authoritative Information"},
    StatusRow{204, "No Content"},
    StatusRow{205, "Reset Content"},
    StatusRow{206, "Partial Content"},
    StatusRow{300, "Multiple Choices"},
    StatusRow{301, "Moved Permanently"},
    StatusRow{302, "Found"},
    StatusRow{303, "See Other"},
    StatusRow{304, "Not Modified"},
    StatusRow{307, "Temporary Redirect"},
    StatusRow{308, "Permanent Redirect"},
    StatusRow{400, "Bad Request"},
    StatusRow{401, "Unauthorized"},
    StatusRow{402, "Payment Required"},
    StatusRow{403, "Forbidden"},
    StatusRow{404, "Not Found"},
    StatusRow{405, "Method Not Allowed"},
    StatusRow{406, "Not Acceptable"},
    StatusRow{407, "Proxy Authentication Required"},
    StatusRow{408, "Request Timeout"},
    StatusRow{409, "Conflict"},
    StatusRow{410, "Gone"},
    StatusRow{411, "Length Required"},
    StatusRow{412, "Precondition Failed"},
    StatusRow{413, "Content Too Large"},
    StatusRow{414, "URI Too Long"},
    StatusRow{415, "Unsupported Media Type"},
    StatusRow{416, "Range Not Satisfiable"},
    StatusRow{417, "Expectation Failed"},
    StatusRow{421, "Misdirected Request"},
    StatusRow{422, "Unprocessable Content"},
    StatusRow{425, "Too Early"},  // RFC 8470
    StatusRow{426, "Upgrade Required"},
    StatusRow{428, "Precondition Required"},            // RFC 6585
    StatusRow{429, "Too Many Requests"},                // RFC 6585
    StatusRow{431, "Request Header Fields Too Large"},  // RFC 6585
    StatusRow{451, "Unavailable For Legal Reasons"},    // RFC 7725
    StatusRow{500, "Internal Server Error"},
    StatusRow{501, "Not Implemented"},
    StatusRow{502, "Bad Gateway"},
    StatusRow{503, "Service Unavailable"},
    StatusRow{504, "Gateway Timeout"},
    StatusRow{505, "HTTP Version Not Supported"},
    StatusRow{507, "Insufficient Storage"},             // RFC 4918
    StatusRow{508, "Loop Detected"},                    // RFC 5842
    StatusRow{511, "Network Authentication Required"},  // RFC 6585
};

/// Returns the registered phrase of `status`, a literal. Empty for other statuses: RFC 9112 §4 permits a
/// status line without a phrase, and recipients ignore it.
constexpr std::string_view reason_phrase(int status) noexcept {
  const auto* const row = std::ranges::lower_bound(status_table, status, {}, &StatusRow::status);
  return row != status_table.end() && row->status == status ? row->reason : std::string_view{};
}

}  // namespace aluvia::http
