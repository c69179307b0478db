// The commands, options and their values in the languages of bash, zsh and fish.
#include "base/ascii.hpp"
#include "command_text.hpp"
#include "run_options.hpp"
#include "sections.hpp"

#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace aluvia::man {
namespace {

using app::CommandText;
using app::OptionText;
using Texts = std::vector<std::string>;

std::vector<OptionText> options_of(const CommandText& command) {
  std::vector<OptionText> out = command.options;
  if (command.takes_run_options) {
    const auto more = app::run_option_texts();
    out.insert(out.end(), more.begin(), more.end());
  }
  out.push_back({"--help", "", "Help on this command", {}});
  out.push_back({"--version", "", "Name and version", {}});
  return out;
}

Texts command_names() {
  Texts out;
  for (const CommandText& one : app::command_texts()) out.push_back(one.name);
  return out;
}

// The words in small letters among those that a command takes: list, add, remove, set, clear.
Texts typed_words(const CommandText& command) {
  if (command.name == "help") return command_names();
  Texts out;
  std::string word;
  for (const char c : command.words + " ") {
    if (c != ' ' && c != '[' && c != ']' && c != '|') {
      word += c;
    } else {
      if (!word.empty() && word == ascii::to_lower(word) && ascii::is_alpha(word[0])) out.push_back(word);
      word.clear();
    }
  }
  return out;
}

std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != special.npos) out += '\\';
    out += c;
  }
  return out;
}

// In single quotes, as bash and zsh read them.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string first_sentence(std::string_view help) {
  std::string_view out = help.substr(0, help.find(" (default"));
  out = out.substr(0, out.find(". "));
  return std::string(out.ends_with('.') ? out.substr(0, out.size() - 1) : out);
}

// ---- bash

std::string bash_commands() {
  return fmt::format("  echo '{}'\n", fmt::join(command_names(), " "));
}

std::string bash_options() {
  std::string out;
  for (const CommandText& command : app::command_texts()) {
    Texts words;
    for (const OptionText& option : options_of(command)) words.push_back(option.flag);
    out += fmt::format("    {}) echo '{}' ;;\n", command.name, fmt::join(words, " "));
  }
  return out;
}

std::string bash_words() {
  std::string out;
  for (const CommandText& command : app::command_texts()) {
    const Texts words = typed_words(command);
    if (!words.empty()) out += fmt::format("    {}) echo '{}' ;;\n", command.name, fmt::join(words, " "));
  }
  return out;
}

std::string bash_kind(const std::string& value) {
  const Texts choices = app::choices_of(value);
  if (!choices.empty()) return fmt::format("words {}", fmt::join(choices, " "));
  return value == "FILE" ? "file" : "text";
}

// Options of the same name and the same kind of value, whatever the command, share a line.
std::string bash_values() {
  std::map<std::pair<std::string, std::string>, Texts> lines;
  for (const CommandText& command : app::command_texts()) {
    for (const OptionText& option : options_of(command)) {
      if (!option.value.empty())
        lines[{option.flag, bash_kind(option.value)}].push_back(
            fmt::format("'{} {}'", command.name, option.flag));
    }
  }
  std::string out;
  for (const auto& [key, patterns] : lines)
    out += fmt::format("    {}) echo '{}' ;;\n", fmt::join(patterns, "|"), key.second);
  return out;
}

// ---- zsh

std::string zsh_commands() {
  std::string out;
  for (const CommandText& command : app::command_texts())
    out +=
        fmt::format("    {}\n", quoted(command.name + ":" + escaped(first_sentence(command.about), ":\\")));
  return out;
}

std::string zsh_action(const std::string& value) {
  const Texts choices = app::choices_of(value);
  if (!choices.empty()) return fmt::format("({})", fmt::join(choices, " "));
  return value == "FILE" ? "_files" : " ";
}

std::string zsh_spec(const OptionText& option) {
  const std::string help = escaped(first_sentence(option.help), "[]:\\");
  if (option.value.empty()) return quoted(fmt::format("*{}[{}]", option.flag, help));
  return quoted(fmt::format("*{}=[{}]:{}:{}", option.flag, help, escaped(option.value, ":\\"),
                            zsh_action(option.value)));
}

std::string zsh_words(const CommandText& command) {
  if (command.name == "exec" || command.name == "try")
    return "'(-)1:command: _command_names -e' '*::argument:_normal'";
  const Texts words = typed_words(command);
  if (!words.empty()) return quoted(fmt::format("1:word:({})", fmt::join(words, " "))) + " '*:word: '";
  if (command.name == "explain") return "'1:host:_hosts'";
  return command.words.empty() ? "" : "'1:word: '";
}

std::string zsh_options() {
  std::string out;
  for (const CommandText& command : app::command_texts()) {
    out += fmt::format("    {}) specs=(\n", command.name);
    for (const OptionText& option : options_of(command)) out += fmt::format("      {}\n", zsh_spec(option));
    const std::string words = zsh_words(command);
    if (!words.empty()) out += fmt::format("      {}\n", words);
    out += "    ) ;;\n";
  }
  return out;
}

// ---- fish

// In single quotes, where a backslash keeps its meaning before a quote and before itself.
std::string fish_quoted(std::string_view text) {
  return "'" + escaped(text, "'\\") + "'";
}

std::string fish_value(const OptionText& option) {
  if (option.value.empty()) return "";
  const Texts choices = app::choices_of(option.value);
  if (!choices.empty()) return " -x -a " + fish_quoted(fmt::format("{}", fmt::join(choices, " ")));
  return option.value == "FILE" ? " -r -F" : " -x";
}

std::string fish_valued() {
  Texts flags;
  for (const OptionText& option : app::run_option_texts()) {
    if (!option.value.empty()) flags.push_back(option.flag);
  }
  return fmt::format("    set -l valued {}\n", fmt::join(flags, " "));
}

std::string fish_lines() {
  std::string out;
  const auto complete = [&](std::string_view test, const std::string& rest) {
    out += fmt::format("complete -c aluvia-connect -n '__aluvia_connect_{}' {}\n", test, rest);
  };
  for (const CommandText& command : app::command_texts()) {
    complete("is_first",
             fmt::format("-a {} -d {}", command.name, fish_quoted(first_sentence(command.about))));
    const std::string is_it = "command_is " + command.name;
    for (const OptionText& option : options_of(command)) {
      complete(is_it, fmt::format("-l {}{} -d {}", option.flag.substr(2), fish_value(option),
                                  fish_quoted(first_sentence(option.help))));
    }
    for (const std::string& word : typed_words(command)) complete(is_it, "-a " + word);
  }
  return out;
}

}  // namespace

Section completion_section(std::string_view name) {
  if (name == "bash commands") return bash_commands();
  if (name == "bash options") return bash_options();
  if (name == "bash words") return bash_words();
  if (name == "bash values") return bash_values();
  if (name == "zsh commands") return zsh_commands();
  if (name == "zsh options") return zsh_options();
  if (name == "fish valued") return fish_valued();
  if (name == "fish") return fish_lines();
  return std::nullopt;
}

}  // namespace aluvia::man
