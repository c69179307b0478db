#include "mcp_answer.hpp"

#include "base/json_value.hpp"
#include "base/json_writer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <rapidjson/document.h>

namespace aluvia::app {
namespace {

using rapidjson::Document;
using rapidjson::SizeType;
using rapidjson::Value;

std::string_view text_of(const Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

Value text_value(std::string_view text, Document& document) {
  return Value(text.data(), static_cast<SizeType>(text.size()), document.GetAllocator());
}

// An agent may have these tools only, and no shell. Other commands are left to the person.
std::string as_tool(std::string_view next) {
  for (const std::string_view tool : {"status", "wait"}) {
    if (next.starts_with(fmt::format("aluvia-connect {} --port ", tool)))
      return fmt::format("call the tool {}", tool);
  }
  return std::string(next);
}

void name_tool(Document& document) {
  const auto next = document.FindMember("next");
  if (next == document.MemberEnd() || !next->value.IsString()) return;
  next->value = text_value(as_tool(text_of(next->value)), document);
}

void keep_members(Document& document, std::span<const std::string_view> members) {
  if (members.empty()) return;
  for (auto member = document.MemberBegin(); member != document.MemberEnd();) {
    const std::string_view name = text_of(member->name);
    const bool is_kept = name == "next" || std::ranges::find(members, name) != members.end();
    member = is_kept ? member + 1 : document.EraseMember(member);
  }
}

// Returns the number of items before those beyond the limit are dropped.
std::uint64_t cut(Value& list, const AnswerShape& shape) {
  const auto is_other = [&](const Value& one) {
    return one.IsString() && text_of(one).find(shape.contains) == std::string_view::npos;
  };
  list.Erase(std::remove_if(list.Begin(), list.End(), is_other), list.End());
  const SizeType total = list.Size();
  if (total > shape.most_items) list.Erase(list.Begin() + shape.most_items, list.End());
  return total;
}

void cut_lists(Document& document, const AnswerShape& shape) {
  if (shape.most_items == 0) return;
  std::vector<std::pair<std::string, std::uint64_t>> totals;
  for (auto& member : document.GetObject()) {
    if (member.value.IsArray())
      totals.emplace_back(fmt::format("{}_total", text_of(member.name)), cut(member.value, shape));
  }
  for (const auto& [name, total] : totals)
    document.AddMember(text_value(name, document), Value(total), document.GetAllocator());
}

mcp::ToolResult result_of(Document& document, bool is_error) {
  name_tool(document);
  return {std::string(json_text_of(document).view()), is_error};
}

}  // namespace

mcp::ToolResult mcp_error(CommandError error) {
  // The agent cannot repeat the command with another port: its person chooses the proxy.
  if (error.code == "several_proxies") {
    error.message += "; it belongs to the arguments of mcp, in the configuration of the MCP client";
    error.next.clear();
  }
  JsonWriter out;
  out.begin_object();
  out.begin_object("error");
  out.text("code", error.code);
  out.text("message", error.message);
  out.end_object();
  out.text_if_any("next", as_tool(error.next));
  out.end_object();
  return {std::string(out.take().view()), true};
}

mcp::ToolResult mcp_result(const Reply& reply, const AnswerShape& shape) {
  Document document;
  if (!parse_json_object(document, reply.body)) {
    return mcp_error({bad_api_answer, "bad_answer",
                      "cannot use the answer of the proxy: it is not JSON; its version may be another",
                      "call the tool status"});
  }
  if (exit_status_of(reply.status) != success) return result_of(document, true);
  if (!shape.needed.empty() && !document.HasMember(std::string(shape.needed).c_str())) {
    return mcp_error(
        {api_unavailable, "no_configuration", "the proxy has no configuration yet", "call the tool wait"});
  }
  keep_members(document, shape.members);
  cut_lists(document, shape);
  return result_of(document, false);
}

}  // namespace aluvia::app
