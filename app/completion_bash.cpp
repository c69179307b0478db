// Completion for bash.
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

constexpr std::string_view script = R"sh(# Completion of aluvia-connect for bash.
#
# Printed by `aluvia-connect completion bash`.

_aluvia_connect_commands() {
@@ bash commands
}

# COMMAND: its options.
_aluvia_connect_options() {
  case $1 in
@@ bash options
  esac
}

# COMMAND: the words that it takes first.
_aluvia_connect_words() {
  case $1 in
@@ bash words
  esac
}

# COMMAND OPTION: what stands behind the option, one of `file`, `words …`, `ports` and `text`;
# nothing for a switch.
_aluvia_connect_value() {
  case "$1 $2" in
@@ bash values
  esac
}

# Where the command that exec or try runs begins in COMP_WORDS, or nothing where it is not reached yet.
_aluvia_connect_exec_begins() {
  local i=2
  while ((i < COMP_CWORD)) && [[ ${COMP_WORDS[i]} == -* && ${COMP_WORDS[i]} != -- ]]; do
    if [[ ${COMP_WORDS[i + 1]} == = ]]; then
      ((i += 3))
    elif [[ -n $(_aluvia_connect_value "${COMP_WORDS[1]}" "${COMP_WORDS[i]}") ]]; then
      ((i += 2))
    else
      ((i += 1))
    fi
  done
  [[ ${COMP_WORDS[i]} != -- ]] || ((i < COMP_CWORD && ++i))
  ((i > COMP_CWORD)) || [[ ${COMP_WORDS[i]} == -* ]] || echo "$i"
}

# BEGIN: completes the command line that begins there.
_aluvia_connect_other_command() {
  if declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif (($1 == COMP_CWORD)); then
    mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
  else
    compopt -o default
  fi
}

# CURRENT QUESTION…: candidates from the program. They come from the account, so no shell may expand them: they are compared as plain
# text, and quoted where the word is not.
_aluvia_connect_ask() {
  local current=$1 line quote=
  shift
  [[ $current != [\'\"]* ]] || quote=${current:0:1}
  current=${current#[\'\"]}
  while IFS= read -r line; do
    [[ $line == "${current//\\/}"* ]] || continue
    [[ -n $quote ]] || printf -v line %q "$line"
    COMPREPLY+=("$line")
  done < <("${COMP_WORDS[0]/#\~/$HOME}" __complete "$@" 2>/dev/null)
}

# Prints the port that the line names, with --local behind it where that stands there.
_aluvia_connect_named() {
  local i
  for ((i = 2; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      --port) [[ ${COMP_WORDS[i + 1]} != = ]] || ((++i)); echo "--port ${COMP_WORDS[i + 1]}" ;;
      --local) echo --local ;;
    esac
  done
}

# COMMAND OPTION CURRENT: a value of the option; status 1 where it takes none.
_aluvia_connect_complete_value() {
  local kind
  kind=$(_aluvia_connect_value "$1" "$2")
  case $kind in
    file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$3") ;;
    words*) mapfile -t COMPREPLY < <(compgen -W "${kind#words}" -- "$3") ;;
    ports) _aluvia_connect_ask "$3" ports ;;
    text) ;;
    *) return 1 ;;
  esac
}

_aluvia_connect() {
  local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} begin
  COMPREPLY=()
  # Bash takes --option=value apart at the equals sign.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD == 1)) && [[ $cur != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_aluvia_connect_commands)" -- "$cur")
    return
  fi
  [[ $command != -* ]] || command=run
  if [[ $command == exec || $command == try ]]; then
    begin=$(_aluvia_connect_exec_begins)
    if [[ -n $begin ]]; then
      _aluvia_connect_other_command "$begin"
      return
    fi
  fi
  ! _aluvia_connect_complete_value "$command" "$before" "$cur" || return 0
  if [[ $cur == -* && ! ($command == rules && ${COMP_WORDS[2]} == remove && $cur != --*) ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_aluvia_connect_options "$command")" -- "$cur")
  elif ((COMP_CWORD == 2)); then
    mapfile -t COMPREPLY < <(compgen -W "$(_aluvia_connect_words "$command")" -- "$cur")
  elif [[ $command == rules && ${COMP_WORDS[2]} == remove ]]; then
    # shellcheck disable=SC2046  # words
    _aluvia_connect_ask "$cur" rules $(_aluvia_connect_named)
  fi
}

complete -F _aluvia_connect aluvia-connect
)sh";

std::string bash_commands() {
  return fmt::format("  echo '{}'\n", fmt::join(command_names(), " "));
}

std::string bash_options() {
  std::string out;
  for (const CommandText& command : command_texts()) {
    Texts words;
    for (const OptionText& option : options_of(command)) words.push_back(option.flag);
    out += fmt::format("    {}) echo '{}' ;;\n", command.name, fmt::join(words, " "));
  }
  return out;
}

std::string bash_words() {
  std::string out;
  for (const CommandText& command : command_texts()) {
    const Texts words = typed_words(command);
    if (!words.empty()) out += fmt::format("    {}) echo '{}' ;;\n", command.name, fmt::join(words, " "));
  }
  return out;
}

std::string bash_kind(const CommandText& command, const OptionText& option) {
  if (is_running_port(command, option)) return "ports";
  const std::string& value = option.value;
  const Texts choices = choices_of(value);
  if (!choices.empty()) return fmt::format("words {}", fmt::join(choices, " "));
  return value == "FILE" ? "file" : "text";
}

// Options of the same name and the same kind of value, whatever the command, share a line.
std::string bash_values() {
  std::map<std::pair<std::string, std::string>, Texts> lines;
  for (const CommandText& command : command_texts()) {
    for (const OptionText& option : options_of(command)) {
      if (!option.value.empty())
        lines[{option.flag, bash_kind(command, option)}].push_back(
            fmt::format("'{} {}'", command.name, option.flag));
    }
  }
  std::string out;
  for (const auto& [key, patterns] : lines)
    out += fmt::format("    {}) echo '{}' ;;\n", fmt::join(patterns, "|"), key.second);
  return out;
}

}  // namespace

std::string bash_completion() {
  return filled(script, {{"bash commands", bash_commands()},
                         {"bash options", bash_options()},
                         {"bash words", bash_words()},
                         {"bash values", bash_values()}});
}

}  // namespace aluvia::app
