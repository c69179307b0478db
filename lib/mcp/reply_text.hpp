// Writes replies of JSON-RPC 2.0 as one line each.
#pragma once

#include "mcp/message.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aluvia::mcp {

/// The two generations of the protocol. Revisions up to 2025-11-25 are a session that begins with initialize;
/// since 2026-07-28 each request stands for itself, and results carry their type and the server's name.
enum class Generation { session, stateless };

struct ServerInfo {
  std::string name;
  std::string title;
  std::string version;
  std::string instructions;  ///< for the agent: the purpose of the tools
};

/// The result of a call. `json` is an object on one line, which a JsonWriter or json_text_of() wrote.
struct ToolResult {
  std::string json;
  bool is_error = false;
};

/// An error. `data` is JSON or empty.
std::string error_reply(std::string_view id, ErrorCode code, std::string_view message,
                        std::string_view data = {});

std::string empty_reply(std::string_view id);
std::string initialize_reply(std::string_view id, const ServerInfo& info, std::string_view version);
std::string discover_reply(std::string_view id, const ServerInfo& info, const Texts& versions);
/// `tools` is the text of tool_list_json().
std::string tools_reply(std::string_view id, Generation generation, const ServerInfo& info,
                        std::string_view tools);
/// The text is the JSON of the structured result, for clients of revisions before 2025-06-18. An error has
/// the text alone: its shape is not that of the output schema, against which clients check what is
/// structured.
std::string call_reply(std::string_view id, Generation generation, const ServerInfo& info,
                       const ToolResult& result);

}  // namespace aluvia::mcp
