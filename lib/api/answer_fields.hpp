// What the fields of an answer may be before anybody believes them. Text in, text or a judgement out.
#pragma once

#include <string>
#include <string_view>

namespace aluvia::api {

/// `etag`, or empty where it could not have stood in an ETag (RFC 9110 §8.8.3) or is longer than 1 KiB: such
/// a one is not sent back. The library decodes %XX in field values, so even CR and LF can turn up in one.
std::string usable_etag(const std::string& etag);

/// RFC 9110 §8.6: digits, and no more of them than a number has.
bool is_content_length(std::string_view value);

}  // namespace aluvia::api
