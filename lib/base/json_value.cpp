#include "base/json_value.hpp"

#include <rapidjson/document.h>

namespace aluvia {

bool parse_json_object(rapidjson::Document& document, std::string_view text) {
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(),
                                                                                         text.size());
  return !document.HasParseError() && document.IsObject();
}

}  // namespace aluvia
