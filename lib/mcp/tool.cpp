#include "mcp/tool.hpp"

#include "base/json_writer.hpp"

#include <algorithm>
#include <vector>

namespace aluvia::mcp {
namespace {

std::vector<std::string> split(std::string_view choices) {
  std::vector<std::string> out;
  while (!choices.empty()) {
    out.emplace_back(choices.substr(0, choices.find('|')));
    choices.remove_prefix(std::min(out.back().size() + 1, choices.size()));
  }
  return out;
}

void write_range(JsonWriter& out, const Property& property, const char* least, const char* most) {
  out.number(least, static_cast<std::uint64_t>(property.least));
  out.number(most, static_cast<std::uint64_t>(property.most));
}

void write_texts(JsonWriter& out, const Property& property) {
  out.text("type", "array");
  out.begin_object("items");
  out.text("type", "string");
  out.number("minLength", 1);
  out.number("maxLength", static_cast<std::uint64_t>(property.longest_text));
  out.end_object();
  write_range(out, property, "minItems", "maxItems");
}

void write_type(JsonWriter& out, const Property& property) {
  switch (property.type) {
    case Property::Type::texts:
      return write_texts(out, property);
    case Property::Type::yes_no:
      return out.text("type", "boolean");
    case Property::Type::number:
      out.text("type", "integer");
      return write_range(out, property, "minimum", "maximum");
    case Property::Type::text:
      out.text("type", "string");
      if (!property.choices.empty()) return out.texts("enum", split(property.choices));
      return write_range(out, property, "minLength", "maxLength");
  }
}

template <class Row>
void write_required(JsonWriter& out, std::span<const Row> rows) {
  std::vector<std::string> names;
  for (const Row& row : rows) {
    if (row.is_required) names.emplace_back(row.name);
  }
  if (!names.empty()) out.texts("required", names);
}

void write_input(JsonWriter& out, const Tool& tool) {
  out.begin_object("inputSchema");
  out.text("type", "object");
  out.begin_object("properties");
  for (const Property& property : tool.arguments) {
    out.begin_object(property.name);
    write_type(out, property);
    out.text("description", property.about);
    out.end_object();
  }
  out.end_object();
  write_required(out, tool.arguments);
  out.yes_or_no("additionalProperties", false);
  out.end_object();
}

void write_field(JsonWriter& out, const Field& field) {
  out.begin_object(field.name);
  if (field.type == "text or null") {
    out.texts("type", {"string", "null"});
  } else if (field.type == "texts") {
    out.text("type", "array");
    out.begin_object("items");
    out.text("type", "string");
    out.end_object();
  } else {
    out.text("type", field.type);
  }
  out.text_if_any("description", field.about);
  out.end_object();
}

// Further members are allowed, because a proxy of a later version may tell more.
void write_output(JsonWriter& out, const Tool& tool) {
  out.begin_object("outputSchema");
  out.text("type", "object");
  out.begin_object("properties");
  for (const Field& field : tool.results) write_field(out, field);
  out.end_object();
  write_required(out, tool.results);
  out.end_object();
}

void write_annotations(JsonWriter& out, const Tool& tool) {
  out.begin_object("annotations");
  out.text("title", tool.title);
  out.yes_or_no("readOnlyHint", tool.reads_only);
  out.yes_or_no("destructiveHint", tool.destroys);
  out.yes_or_no("idempotentHint", tool.is_repeatable);
  out.yes_or_no("openWorldHint", tool.is_open_world);
  out.end_object();
}

}  // namespace

std::string tool_list_json(std::span<const Tool> tools) {
  JsonWriter out;
  out.begin_list();
  for (const Tool& tool : tools) {
    out.begin_object();
    out.text("name", tool.name);
    out.text("title", tool.title);
    out.text("description", tool.about);
    write_input(out, tool);
    write_output(out, tool);
    write_annotations(out, tool);
    out.end_object();
  }
  out.end_list();
  return std::string(out.take().view());
}

}  // namespace aluvia::mcp
