#include "mcp/arguments.hpp"

#include "base/visible.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aluvia::mcp {
namespace {

using Type = Property::Type;

// JSON Schema counts the characters of Unicode, not bytes. The text is valid UTF-8.
std::int64_t length_of(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

bool is_in(const Property& property, std::int64_t number) {
  return number >= property.least && number <= property.most;
}

bool is_choice(std::string_view choices, std::string_view text) {
  while (!choices.empty()) {
    const std::string_view one = choices.substr(0, choices.find('|'));
    if (one == text) return true;
    choices.remove_prefix(std::min(one.size() + 1, choices.size()));
  }
  return false;
}

bool is_text(const Property& property, const std::string& text) {
  return property.choices.empty() ? is_in(property, length_of(text)) : is_choice(property.choices, text);
}

bool are_texts(const Property& property, const Texts& texts) {
  const auto fits = [&](const std::string& text) {
    return !text.empty() && length_of(text) <= property.longest_text;
  };
  return is_in(property, static_cast<std::int64_t>(texts.size())) && std::ranges::all_of(texts, fits);
}

bool fits(const Property& property, const Value& value) {
  if (const auto* const text = std::get_if<std::string>(&value))
    return property.type == Type::text && is_text(property, *text);
  if (const auto* const number = std::get_if<std::int64_t>(&value))
    return property.type == Type::number && is_in(property, *number);
  if (const auto* const texts = std::get_if<Texts>(&value))
    return property.type == Type::texts && are_texts(property, *texts);
  return property.type == Type::yes_no && std::holds_alternative<bool>(value);
}

std::string accepted(const Property& property) {
  switch (property.type) {
    case Type::yes_no:
      return "true or false";
    case Type::number:
      return fmt::format("a whole number from {} to {}", property.least, property.most);
    case Type::texts:
      return fmt::format("a list of {} to {} strings of 1 to {} characters", property.least, property.most,
                         property.longest_text);
    case Type::text:
      break;
  }
  if (!property.choices.empty()) return fmt::format("one of {}", property.choices);
  return fmt::format("a string of {} to {} characters", property.least, property.most);
}

}  // namespace

std::optional<std::string> argument_error(const Tool& tool, const Members& arguments) {
  for (const auto& [name, value] : arguments) {
    const auto property = std::ranges::find(tool.arguments, name, &Property::name);
    if (property == tool.arguments.end()) {
      return fmt::format("cannot use the argument '{}': {} takes no such argument",
                         visible(std::string_view(name).substr(0, 40)), tool.name);
    }
    if (!fits(*property, value)) return fmt::format("cannot use {}: it takes {}", name, accepted(*property));
  }
  for (const Property& property : tool.arguments) {
    if (property.is_required && !arguments.contains(property.name))
      return fmt::format("cannot call {}: it needs {}, {}", tool.name, property.name, accepted(property));
  }
  return std::nullopt;
}

}  // namespace aluvia::mcp
