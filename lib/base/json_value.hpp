// Parses JSON, and writes parsed values again. For files that include RapidJSON themselves.
#pragma once

#include "base/secret_string.hpp"

#include <string_view>

#include <rapidjson/fwd.h>

namespace aluvia {

/// Parses `text`, which must be one value in valid UTF-8. Iterative, so that no nesting overflows the stack.
bool parse_json(rapidjson::Document& document, std::string_view text);
/// As parse_json(), for an object.
bool parse_json_object(rapidjson::Document& document, std::string_view text);

/// Returns the text of `value`, escaped like that of a JsonWriter.
SecretString json_text_of(const rapidjson::Value& value);

}  // namespace aluvia
