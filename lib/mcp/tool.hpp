// Describes tools: their arguments and results as tables, from which come the JSON schemas of tools/list.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace aluvia::mcp {

/// An argument of a tool. `least` and `most` bound the number itself, the characters of a text, or the count
/// of a list, whose texts have 1 to `longest_text` characters.
struct Property {
  enum class Type { text, number, yes_no, texts };

  std::string_view name;
  Type type = Type::text;
  std::string_view about;
  bool is_required = false;
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::string_view choices = {};  ///< of a text: "host|rule"; empty: any text
  std::int64_t longest_text = 0;
};

/// A member of the structured result. `type` is a type of JSON Schema; "text or null" and "texts" are those
/// with an obvious meaning.
struct Field {
  std::string_view name;
  std::string_view type;
  std::string_view about = {};
  bool is_required = false;
};

struct Tool {
  std::string_view name;
  std::string_view title;
  std::string_view about;
  std::span<const Property> arguments;
  std::span<const Field> results;
  bool reads_only = false;
  bool destroys = false;       ///< overwrites or removes something
  bool is_repeatable = false;  ///< a second call with the same arguments changes nothing more
  bool is_open_world = false;  ///< asks others than the proxy and the account
};

/// Returns the list of tools/list as JSON.
std::string tool_list_json(std::span<const Tool> tools);

}  // namespace aluvia::mcp
