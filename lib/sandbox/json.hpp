// Writes JSON without showing the library. The .cpp files that own a shape read it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aluvia::sandbox {

/// A JSON string with its quotes. Text that is not UTF-8 is taken as Latin-1, so that any bytes of a peer
/// give valid JSON.
std::string json_quote(std::string_view text);

/// Writes one object, members in the order of the calls.
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value) { return raw(name, json_quote(value)); }
  JsonObject& number(std::string_view name, std::uint64_t value) { return raw(name, std::to_string(value)); }
  /// `value` is JSON already.
  JsonObject& raw(std::string_view name, std::string_view value);
  std::string done() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

/// Writes one array of values that are JSON already.
template <class Items, class ToJson>
std::string json_array(const Items& items, ToJson to_json) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += to_json(item);
  }
  return out + "]";
}

}  // namespace aluvia::sandbox
