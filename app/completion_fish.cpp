// Completion for fish.
#include "completion.hpp"
#include "completion_words.hpp"
#include "run_options.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace aluvia::app {
namespace {

using namespace completion;

constexpr std::string_view script = R"sh(# Completion of aluvia-connect for fish.
#
# Printed by `aluvia-connect completion fish`.

function __aluvia_connect_is_first
    test (count (commandline -opc)) -eq 1
end

# Without a command it is run.
function __aluvia_connect_command_is -a name
    set -l words (commandline -opc)
    set -l command run
    if set -q words[2]; and not string match -q -- '-*' $words[2]
        set command $words[2]
    end
    test $command = $name; or return 1
    not contains $command exec try; or test (__aluvia_connect_exec_begins) -gt (count $words)
end

# Prints the index of the word before the cursor that begins the command of exec or try: the number of words plus one if the next
# word may begin it, plus two if an option still needs its value.
function __aluvia_connect_exec_begins
@@ fish valued
    set -l words (commandline -opc)
    set -l i 3
    while set -q words[$i]
        switch $words[$i]
            case --
                echo (math $i + 1)
                return
            case '-*'
                contains -- $words[$i] $valued; and set i (math $i + 1)
            case '*'
                echo $i
                return
        end
        set i (math $i + 1)
    end
    echo $i
end

function __aluvia_connect_in_exec
    set -l words (commandline -opc)
    contains -- "$words[2]" exec try; or return 1
    set -l begins (__aluvia_connect_exec_begins)
    test $begins -le (count $words); and return
    test $begins -eq (math (count $words) + 1); and not string match -q -- '-*' (commandline -ct)
end

function __aluvia_connect_complete_other
    set -l words (commandline -opc)
    complete -C (string join ' ' -- $words[(__aluvia_connect_exec_begins)..] "$(commandline -ct)")
end

# QUESTION…: candidates from the program; fish quotes them.
function __aluvia_connect_ask
    set -l words (commandline -opc)
    set -l port (string match -r -- '--port[= ](\d+)' "$words")
    set -q port[2]; and set -a argv --port $port[2]
    contains -- --local $words; and set -a argv --local
    $words[1] __complete $argv 2>/dev/null
end

function __aluvia_connect_removes
    set -l words (commandline -opc)
    test "$words[2]" = rules -a "$words[3]" = remove
end

complete -c aluvia-connect -f
complete -c aluvia-connect -n __aluvia_connect_in_exec -x -a '(__aluvia_connect_complete_other)'
@@ fish
)sh";

// In single quotes, where a backslash keeps its meaning before a quote and before itself.
std::string fish_quoted(std::string_view text) {
  return "'" + escaped(text, "'\\") + "'";
}

std::string fish_value(const CommandText& command, const OptionText& option) {
  if (is_running_port(command, option)) return " -x -a '(__aluvia_connect_ask ports)'";
  if (option.value.empty()) return "";
  const Texts choices = choices_of(option.value);
  if (!choices.empty()) return " -x -a " + fish_quoted(fmt::format("{}", fmt::join(choices, " ")));
  return option.value == "FILE" ? " -r -F" : " -x";
}

std::string fish_valued() {
  Texts flags;
  for (const OptionText& option : run_option_texts()) {
    if (!option.value.empty()) flags.push_back(option.flag);
  }
  return fmt::format("    set -l valued {}\n", fmt::join(flags, " "));
}

std::string fish_lines() {
  std::string out;
  const auto complete = [&](std::string_view test, const std::string& rest) {
    out += fmt::format("complete -c aluvia-connect -n '__aluvia_connect_{}' {}\n", test, rest);
  };
  for (const CommandText& command : command_texts()) {
    complete("is_first",
             fmt::format("-a {} -d {}", command.name, fish_quoted(first_sentence(command.about))));
    const std::string is_it = "command_is " + command.name;
    for (const OptionText& option : options_of(command)) {
      complete(is_it, fmt::format("-l {}{} -d {}", option.flag.substr(2), fish_value(command, option),
                                  fish_quoted(first_sentence(option.help))));
    }
    for (const std::string& word : typed_words(command)) complete(is_it, "-a " + word);
  }
  complete("removes", "-a '(__aluvia_connect_ask rules)'");
  return out;
}

}  // namespace

std::string fish_completion() {
  return filled(script, {{"fish valued", fish_valued()}, {"fish", fish_lines()}});
}

}  // namespace aluvia::app
