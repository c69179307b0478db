#include "mcp/message.hpp"

#include "base/json_value.hpp"
#include "base/visible.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <rapidjson/document.h>

namespace aluvia::mcp {
namespace {

using Json = rapidjson::Value;

std::string_view text_of(const Json& value) {
  return {value.GetString(), value.GetStringLength()};
}

const Json* find(const Json& object, const char* name) {
  const auto member = object.FindMember(name);
  return member == object.MemberEnd() ? nullptr : &member->value;
}

// Returns a name that `object` has twice, or nothing. Sorts, because an object may have 100,000 members.
std::optional<std::string> repeated_name(const Json& object) {
  std::vector<std::string_view> names;
  names.reserve(object.MemberCount());
  for (const auto& member : object.GetObject()) names.push_back(text_of(member.name));
  std::ranges::sort(names);
  const auto found = std::ranges::adjacent_find(names);
  if (found == names.end()) return std::nullopt;
  return visible(found->substr(0, 40));
}

// A number such as 30.0 is an integer of JSON Schema, too.
Value read_number(const Json& value) {
  if (value.IsInt64()) return value.GetInt64();
  constexpr double exact = 9'007'199'254'740'992.0;  // 2^53: up to here a double holds every integer
  if (!value.IsDouble() || std::abs(value.GetDouble()) > exact ||
      value.GetDouble() != std::trunc(value.GetDouble()))
    return Other{};
  return static_cast<std::int64_t>(value.GetDouble());
}

Value read_list(const Json& value) {
  Texts out;
  for (const Json& one : value.GetArray()) {
    if (!one.IsString()) return Other{};
    out.emplace_back(text_of(one));
  }
  return out;
}

Value read_value(const Json& value) {
  if (value.IsObject()) return Nested{};
  if (value.IsString()) return std::string(text_of(value));
  if (value.IsBool()) return value.GetBool();
  if (value.IsArray()) return read_list(value);
  return value.IsNumber() ? read_number(value) : Value(Other{});
}

Members read_members(const Json& object) {
  Members out;
  for (const auto& member : object.GetObject()) out.emplace(text_of(member.name), read_value(member.value));
  return out;
}

std::optional<Members> read_members(const Json& object, const char* name) {
  const Json* const member = find(object, name);
  return member && member->IsObject() ? std::optional(read_members(*member)) : std::nullopt;
}

// Returns the first name that the message or an object in it has twice.
std::optional<std::string> repeated_name_in(const Json& message) {
  if (auto name = repeated_name(message)) return name;
  const Json* const params = find(message, "params");
  if (!params || !params->IsObject()) return std::nullopt;
  if (auto name = repeated_name(*params)) return name;
  for (const char* const inner : {"_meta", "arguments"}) {
    const Json* const object = find(*params, inner);
    if (!object || !object->IsObject()) continue;
    if (auto name = repeated_name(*object)) return name;
  }
  return std::nullopt;
}

// MCP forbids null and fractions, which JSON-RPC allows. Returns nothing for such an id.
std::optional<std::string> read_id(const Json& message) {
  const Json* const id = find(message, "id");
  if (!id || !(id->IsString() || id->IsInt64() || id->IsUint64())) return std::nullopt;
  return std::string(json_text_of(*id).view());
}

Invalid invalid(const Json& message, ErrorCode code, std::string text) {
  return {message.IsObject() ? read_id(message).value_or("null") : "null", code, std::move(text)};
}

Message read_request(const Json& message) {
  Request out;
  if (find(message, "id")) {
    auto id = read_id(message);
    if (!id) return invalid(message, invalid_request, "the id must be a string or an integer");
    out.id = std::move(*id);
  }
  out.method = text_of(*find(message, "method"));
  const Json* const params = find(message, "params");
  if (!params) return out;
  if (!params->IsObject()) {
    // A notification gets no answer, whatever is wrong with it.
    if (out.is_notification()) return Response{};
    return invalid(message, invalid_params, "params must be an object");
  }
  out.params = {read_members(*params), read_members(*params, "_meta"), read_members(*params, "arguments")};
  return out;
}

Message read_message(const Json& message) {
  if (!message.IsObject()) return invalid(message, invalid_request, "a message must be an object");
  if (const auto name = repeated_name_in(message))
    return invalid(message, invalid_request, fmt::format("an object has two members \"{}\"", *name));
  const Json* const version = find(message, "jsonrpc");
  if (!version || !version->IsString() || text_of(*version) != "2.0")
    return invalid(message, invalid_request, "the member jsonrpc must be \"2.0\"");
  const Json* const method = find(message, "method");
  if (method && method->IsString()) return read_request(message);
  if (!method && (find(message, "result") || find(message, "error"))) return Response{};
  return invalid(message, invalid_request, "the member method must be a string");
}

Line only(Message message) {
  Line out;
  out.messages.push_back(std::move(message));
  return out;
}

}  // namespace

Line read_line(std::string_view text) {
  rapidjson::Document document;
  if (!parse_json(document, text)) return only(Invalid{"null", parse_error, "the line is not valid JSON"});
  if (!document.IsArray()) return only(read_message(document));
  if (document.Empty()) return only(invalid(document, invalid_request, "a batch must have messages"));
  if (document.Size() > most_in_batch) {
    return only(invalid(document, invalid_request,
                        fmt::format("a batch may have {} messages at most", most_in_batch)));
  }
  Line out;
  out.is_batch = true;
  for (const Json& message : document.GetArray()) out.messages.push_back(read_message(message));
  return out;
}

}  // namespace aluvia::mcp
