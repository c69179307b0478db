// Lists the tools that agents get, and runs them on a running proxy.
//
// No tool spends more than the person's budget, widens an allow-list or switches a block off: those are
// commands for people only.
#pragma once

#include "mcp/message.hpp"
#include "mcp/reply_text.hpp"
#include "mcp/tool.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aluvia::app {

/// Returns the tools in the order of tools/list; without those that change something if `read_only`.
std::vector<mcp::Tool> mcp_tools(bool read_only);

/// Returns the purpose of the tools, for the agent.
std::string mcp_instructions(bool read_only);

struct McpCall {
  std::optional<std::uint16_t> port;  ///< as for other commands
  const mcp::Members& arguments;      ///< those of the input schema
  const std::atomic<bool>& is_cancelled;
};

/// Chooses the proxy and asks it; blocks until it answers. `tool` is one of mcp_tools().
mcp::ToolResult run_mcp_tool(const mcp::Tool& tool, const McpCall& call);

}  // namespace aluvia::app
