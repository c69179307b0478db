// Checks the arguments of a call against the table of its tool.
#pragma once

#include "mcp/message.hpp"
#include "mcp/tool.hpp"

#include <optional>
#include <string>

namespace aluvia::mcp {

/// Returns nothing if the arguments are those of the input schema, else a sentence for the agent: the first
/// argument that is not, and the values that it takes. Quotes no value.
std::optional<std::string> argument_error(const Tool& tool, const Members& arguments);

}  // namespace aluvia::mcp
