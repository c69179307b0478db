#include "sandbox/json.hpp"

#include "base/visible.hpp"

namespace aluvia::sandbox {
namespace {

std::string latin1_as_utf8(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) out += static_cast<char>(0xC0 | (byte >> 6));
    out += byte < 0x80 ? c : static_cast<char>(0x80 | (byte & 0x3F));
  }
  return out;
}

}  // namespace

std::string json_quote(std::string_view text) {
  return json_quoted(is_utf8(text) ? text : std::string_view(latin1_as_utf8(text)));
}

}  // namespace aluvia::sandbox
