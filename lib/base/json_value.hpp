// Writes a parsed JSON value again. For files that include RapidJSON themselves.
#pragma once

#include "base/secret_string.hpp"

#include <rapidjson/fwd.h>

namespace aluvia {

/// Returns the text of `value`, escaped like that of a JsonWriter.
SecretString json_text_of(const rapidjson::Value& value);

}  // namespace aluvia
