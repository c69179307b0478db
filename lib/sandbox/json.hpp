// Writes the JSON of the sandbox, which shows bytes of any peer: text that is not UTF-8 is read as Latin-1.
#pragma once

#include "base/json_writer.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aluvia::sandbox {

/// Returns a JSON string with its quotes.
std::string json_quote(std::string_view text);

/// Writes one object, members in the order of the calls.
class JsonObject {
 public:
  JsonObject() { out_.begin_object(); }
  JsonObject& text(std::string_view name, std::string_view value) { return raw(name, json_quote(value)); }
  JsonObject& number(std::string_view name, std::uint64_t value) {
    out_.number(name, value);
    return *this;
  }
  /// `value` is JSON.
  JsonObject& raw(std::string_view name, std::string_view value) {
    out_.raw(name, value);
    return *this;
  }
  /// Returns the text; once.
  std::string done() {
    out_.end_object();
    return std::string(out_.take().view());
  }

 private:
  JsonWriter out_;
};

/// Writes one array of JSON values.
template <class Items, class ToJson>
std::string json_array(const Items& items, ToJson to_json) {
  JsonWriter out;
  out.begin_list();
  for (const auto& item : items) out.raw({}, to_json(item));
  out.end_list();
  return std::string(out.take().view());
}

}  // namespace aluvia::sandbox
