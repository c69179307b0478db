#include "option_text.hpp"

#include "base/ascii.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

namespace aluvia::app {
namespace {

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(at));
    out.emplace_back(ascii::trim(one));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
  }
  return out;
}

// Help ends in the variables, in brackets.
std::vector<std::string> take_variables(std::string& help) {
  const auto bracket = help.rfind(" [");
  if (bracket == std::string::npos || !help.ends_with(']')) return {};
  const std::string names = help.substr(bracket + 2, help.size() - bracket - 3);
  help.resize(bracket);
  return split(names, ',');
}

OptionText text_of(const CLI::Option& option) {
  OptionText out;
  out.flag = "--" + option.get_lnames().front();
  if (option.get_type_size() != 0) out.value = option.get_type_name();
  out.help = option.get_description();
  out.variables = take_variables(out.help);
  out.group = option.get_group();
  return out;
}

}  // namespace

std::vector<OptionText> option_texts(const CLI::App& cli) {
  std::vector<OptionText> out;
  for (const CLI::Option* const option : cli.get_options()) {
    if (!option->check_name("--help") && !option->check_name("--version")) out.push_back(text_of(*option));
  }
  return out;
}

std::vector<std::string> choices_of(std::string_view value) {
  if (value.find('|') == value.npos) return {};
  std::vector<std::string> out = split(value, '|');
  std::erase_if(out, [](const std::string& word) { return word != ascii::to_lower(word); });
  return out;
}

}  // namespace aluvia::app
