// The tables of docs/options.md.
#include "example_config.hpp"
#include "run_options.hpp"
#include "sections.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace aluvia::man {
namespace {

using app::OptionText;

// A bar would end the cell, a star or an angle bracket begin markup.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

std::string code(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return "`" + out + "`";
}

std::string row(const OptionText& option) {
  std::string variables;
  for (const std::string& one : option.variables) variables += (variables.empty() ? "" : ", ") + code(one);
  const std::string flag = option.value.empty() ? option.flag : option.flag + ' ' + option.value;
  return fmt::format("| {} | {} | {} | {} | {} |\n", code(flag), variables, cell(option.range),
                     cell(option.fallback), cell(option.help));
}

std::string options_page() {
  std::string out;
  std::string group;
  for (const OptionText& option : app::run_option_texts()) {
    if (option.group != group) {
      group = option.group;
      out += fmt::format("\n## {}\n\n| option | environment | value | default | |\n|---|---|---|---|---|\n",
                         group);
    }
    out += row(option);
  }
  return out;
}

}  // namespace

Section options_page_section(std::string_view name) {
  if (name == "config example") return app::example_config();
  return name == "markdown options" ? Section(options_page()) : std::nullopt;
}

}  // namespace aluvia::man
