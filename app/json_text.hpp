// Strings in the JSON that commands write.
#pragma once

#include <string>
#include <string_view>

namespace aluvia::app {

/// `text` in quotes, with what JSON wants escaped.
std::string json_quoted(std::string_view text);

}  // namespace aluvia::app
