// Words and texts of commands and options, as the completions of all shells need them.
#pragma once

#include "command_text.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::app::completion {

using Texts = std::vector<std::string>;

/// Returns all options of a command: its own, those of run where it takes them, --help and --version.
std::vector<OptionText> options_of(const CommandText& command);

Texts command_names();

/// Returns the words that a command takes as they stand: list, add, remove, set, clear.
Texts typed_words(const CommandText& command);

/// Returns true if the option names the port of a running proxy.
bool is_running_port(const CommandText& command, const OptionText& option);

/// Returns `text` with a backslash before each character of `special`.
std::string escaped(std::string_view text, std::string_view special);

/// Returns `text` in single quotes, as bash and zsh read them.
std::string quoted(std::string_view text);

/// Returns the beginning of a help text, without its final period.
std::string first_sentence(std::string_view help);

/// Returns `script` with the section NAME in place of each line "@@ NAME".
std::string filled(std::string_view script, const std::map<std::string, std::string>& sections);

}  // namespace aluvia::app::completion
