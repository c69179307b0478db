#include "mcp/reply_text.hpp"

#include "base/json_writer.hpp"

namespace aluvia::mcp {
namespace {

// Tools depend on the version and the options of the program, which do not change while it runs.
constexpr std::uint64_t fresh_for_ms = 3'600'000;

void write_server(JsonWriter& out, std::string_view name, const ServerInfo& info) {
  out.begin_object(name);
  out.text("name", info.name);
  out.text("title", info.title);
  out.text("version", info.version);
  out.end_object();
}

void write_capabilities(JsonWriter& out) {
  out.begin_object("capabilities");
  out.begin_object("tools");
  out.end_object();
  out.end_object();
}

void write_freshness(JsonWriter& out) {
  out.number("ttlMs", fresh_for_ms);
  out.text("cacheScope", "private");
}

JsonWriter begin_reply(std::string_view id) {
  JsonWriter out;
  out.begin_object();
  out.text("jsonrpc", "2.0");
  out.raw("id", id);
  return out;
}

JsonWriter begin_result(std::string_view id, Generation generation, const ServerInfo& info) {
  JsonWriter out = begin_reply(id);
  out.begin_object("result");
  if (generation == Generation::session) return out;
  out.text("resultType", "complete");
  out.begin_object("_meta");
  write_server(out, "io.modelcontextprotocol/serverInfo", info);
  out.end_object();
  return out;
}

std::string end_result(JsonWriter& out) {
  out.end_object();
  out.end_object();
  return std::string(out.take().view());
}

}  // namespace

std::string error_reply(std::string_view id, ErrorCode code, std::string_view message,
                        std::string_view data) {
  JsonWriter out = begin_reply(id);
  out.begin_object("error");
  out.raw("code", std::to_string(code));
  out.text("message", message);
  if (!data.empty()) out.raw("data", data);
  return end_result(out);
}

std::string empty_reply(std::string_view id) {
  JsonWriter out = begin_reply(id);
  out.begin_object("result");
  return end_result(out);
}

std::string initialize_reply(std::string_view id, const ServerInfo& info, std::string_view version) {
  JsonWriter out = begin_result(id, Generation::session, info);
  out.text("protocolVersion", version);
  write_capabilities(out);
  write_server(out, "serverInfo", info);
  out.text("instructions", info.instructions);
  return end_result(out);
}

std::string discover_reply(std::string_view id, const ServerInfo& info, const Texts& versions) {
  JsonWriter out = begin_result(id, Generation::stateless, info);
  out.texts("supportedVersions", versions);
  write_capabilities(out);
  out.text("instructions", info.instructions);
  write_freshness(out);
  return end_result(out);
}

std::string tools_reply(std::string_view id, Generation generation, const ServerInfo& info,
                        std::string_view tools) {
  JsonWriter out = begin_result(id, generation, info);
  out.raw("tools", tools);
  if (generation == Generation::stateless) write_freshness(out);
  return end_result(out);
}

std::string call_reply(std::string_view id, Generation generation, const ServerInfo& info,
                       const ToolResult& result) {
  JsonWriter out = begin_result(id, generation, info);
  out.begin_list("content");
  out.begin_object();
  out.text("type", "text");
  out.text("text", result.json);
  out.end_object();
  out.end_list();
  if (!result.is_error) out.raw("structuredContent", result.json);
  out.yes_or_no("isError", result.is_error);
  return end_result(out);
}

}  // namespace aluvia::mcp
