#include "sandbox/json.hpp"

#include <rapidjson/encodings.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace aluvia::sandbox {
namespace {

using Utf8 = rapidjson::UTF8<>;
using CheckingWriter = rapidjson::Writer<rapidjson::StringBuffer, Utf8, Utf8, rapidjson::CrtAllocator,
                                         rapidjson::kWriteValidateEncodingFlag>;

std::string latin1_as_utf8(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) out += static_cast<char>(0xC0 | (byte >> 6));
    out += byte < 0x80 ? c : static_cast<char>(0x80 | (byte & 0x3F));
  }
  return out;
}

// RapidJSON reads a character to the end that its first byte announces, up to three bytes behind a text that
// breaks off.
bool write_string(std::string_view text, std::string& out) {
  const std::string padded = std::string(text).append(3, '\0');
  rapidjson::StringBuffer buffer;
  CheckingWriter writer(buffer);
  if (!writer.String(padded.data(), static_cast<rapidjson::SizeType>(text.size()))) return false;
  out.assign(buffer.GetString(), buffer.GetSize());
  return true;
}

}  // namespace

std::string json_quote(std::string_view text) {
  std::string out;
  if (text.empty()) return "\"\"";
  if (!write_string(text, out)) write_string(latin1_as_utf8(text), out);
  return out;
}

JsonObject& JsonObject::raw(std::string_view name, std::string_view value) {
  if (text_.size() > 1) text_ += ',';
  text_ += json_quote(name);
  text_ += ':';
  text_ += value;
  return *this;
}

}  // namespace aluvia::sandbox
