#include "option_text.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace aluvia::app {
namespace {

OptionText text_of(const CLI::Option& option) {
  OptionText out;
  out.flag = "--" + option.get_lnames().front();
  if (option.get_type_size() != 0) out.value = option.get_type_name();
  out.help = option.get_description();
  if (out.help.ends_with('.')) out.help.pop_back();
  out.group = option.get_group();
  return out;
}

// Help shows ranges of numbers only: the flag already shows the words of a choice.
std::string shown_range(const OptionText& option) {
  const auto from = option.range.find(" from ");
  return from == std::string::npos ? "" : option.range.substr(from + 6);
}

}  // namespace

std::string full_text(const OptionText& option) {
  std::vector<std::string> facts;
  if (auto range = shown_range(option); !range.empty()) facts.push_back(std::move(range));
  if (option.fallback == "required")
    facts.push_back(option.fallback);
  else if (!option.fallback.empty())
    facts.push_back("default: " + option.fallback);
  std::string out = option.help;
  if (!facts.empty()) out += fmt::format(" ({})", fmt::join(facts, "; "));
  out += '.';
  if (!option.variables.empty()) out += fmt::format(" [{}]", fmt::join(option.variables, ", "));
  return out;
}

std::string flag_lines(const std::vector<OptionText>& options) {
  std::string out;
  std::string line = " ";
  for (const OptionText& option : options) {
    if (line.size() + 1 + option.flag.size() > 80) out += std::exchange(line, " ") + '\n';
    line += ' ' + option.flag;
  }
  return out + line + '\n';
}

std::vector<OptionText> option_texts(const CLI::App& cli) {
  std::vector<OptionText> out;
  for (const CLI::Option* const option : cli.get_options()) {
    if (!option->check_name("--help") && !option->check_name("--version")) out.push_back(text_of(*option));
  }
  return out;
}

std::vector<std::string> choices_of(std::string_view value) {
  if (value.find('|') == value.npos) return {};
  std::vector<std::string> out;
  while (!value.empty()) {
    const std::string_view word = value.substr(0, value.find('|'));
    if (word == ascii::to_lower(word)) out.emplace_back(word);
    value.remove_prefix(std::min(word.size() + 1, value.size()));
  }
  return out;
}

}  // namespace aluvia::app
