#include "base/json_value.hpp"

#include <rapidjson/document.h>

namespace aluvia {

bool parse_json(rapidjson::Document& document, std::string_view text) {
  // RapidJSON takes a zero byte behind the value for the end of the text, and would ignore the rest.
  if (text.find('\0') != std::string_view::npos) return false;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(),
                                                                                         text.size());
  return !document.HasParseError();
}

bool parse_json_object(rapidjson::Document& document, std::string_view text) {
  return parse_json(document, text) && document.IsObject();
}

}  // namespace aluvia
