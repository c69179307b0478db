// Completion for zsh.
#include "completion.hpp"
#include "completion_words.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace aluvia::app {
namespace {

using namespace completion;

constexpr std::string_view script = R"sh(#compdef aluvia-connect
# Completion of aluvia-connect for zsh.
#
# Printed by `aluvia-connect completion zsh`.

local -a names specs  # not `commands`, which the shell looks programs up in
local command=$words[2] program=${(Q)words[1]}

# QUESTION…: candidates from the program; compadd quotes them.
_aluvia_connect_ask() {
  local -a found
  found=(${(f)"$(${program/#\~/$HOME} __complete "$@" 2>/dev/null)"})
  compadd -a found
}
_aluvia_connect_ports() { _aluvia_connect_ask ports }
_aluvia_connect_rules() {
  local -a named
  [[ $words[2] == remove ]] || return 1
  (( ! ${+opt_args[--port]} )) || named+=(--port $opt_args[--port])
  (( ! ${+opt_args[--local]} )) || named+=(--local)
  _aluvia_connect_ask rules $named
}

if (( CURRENT == 2 )) && [[ $command != -* ]]; then
  names=(
@@ zsh commands
  )
  _describe -t commands command names
  return
fi

# Without a command it is run.
if [[ $command == -* ]]; then
  command=run
else
  shift words
  (( CURRENT-- ))
fi
case $command in
@@ zsh options
    *) return 1 ;;
esac
_arguments -S : "${specs[@]}"
)sh";

std::string zsh_commands() {
  std::string out;
  for (const CommandText& command : command_texts())
    out +=
        fmt::format("    {}\n", quoted(command.name + ":" + escaped(first_sentence(command.about), ":\\")));
  return out;
}

std::string zsh_action(const CommandText& command, const OptionText& option) {
  if (is_running_port(command, option)) return "_aluvia_connect_ports";
  const std::string& value = option.value;
  const Texts choices = choices_of(value);
  if (!choices.empty()) return fmt::format("({})", fmt::join(choices, " "));
  return value == "FILE" ? "_files" : " ";
}

std::string zsh_spec(const CommandText& command, const OptionText& option) {
  const std::string help = escaped(first_sentence(option.help), "[]:\\");
  if (option.value.empty()) return quoted(fmt::format("*{}[{}]", option.flag, help));
  return quoted(fmt::format("*{}=[{}]:{}:{}", option.flag, help, escaped(option.value, ":\\"),
                            zsh_action(command, option)));
}

std::string zsh_words(const CommandText& command) {
  if (command.name == "exec" || command.name == "try")
    return "'(-)1:command: _command_names -e' '*::argument:_normal'";
  const Texts words = typed_words(command);
  if (!words.empty())
    return quoted(fmt::format("1:word:({})", fmt::join(words, " "))) +
           (command.name == "rules" ? " '*:rule:_aluvia_connect_rules'" : " '*:word: '");
  if (command.name == "explain") return "'1:host:_hosts'";
  return command.words.empty() ? "" : "'1:word: '";
}

std::string zsh_options() {
  std::string out;
  for (const CommandText& command : command_texts()) {
    out += fmt::format("    {}) specs=(\n", command.name);
    for (const OptionText& option : options_of(command))
      out += fmt::format("      {}\n", zsh_spec(command, option));
    const std::string words = zsh_words(command);
    if (!words.empty()) out += fmt::format("      {}\n", words);
    out += "    ) ;;\n";
  }
  return out;
}

}  // namespace

std::string zsh_completion() {
  return filled(script, {{"zsh commands", zsh_commands()}, {"zsh options", zsh_options()}});
}

}  // namespace aluvia::app
