// Makes results of tools out of the answers of a proxy: one bounded JSON object each.
#pragma once

#include "control_client.hpp"
#include "mcp/reply_text.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace aluvia::app {

/// The part of an answer that an agent gets. Its context is small, and an account may have 100,000 rules.
struct AnswerShape {
  std::span<const std::string_view> members = {};  ///< besides `next`; empty: all
  std::size_t most_items = 0;    ///< limit of each list; NAME_total has its whole length; 0: no limit
  std::string contains = {};     ///< lists of texts have only those with this text
  std::string_view needed = {};  ///< without this member the proxy has no configuration yet
};

/// Returns {"error": {"code": …, "message": …}, "next": …}.
mcp::ToolResult mcp_error(CommandError error);

/// An answer that is no success becomes an error. The command of `next` is named as a tool if it is one.
mcp::ToolResult mcp_result(const Reply& reply, const AnswerShape& shape);

}  // namespace aluvia::app
