// "Did you mean …?" for a mistyped command, option, variable or key of the configuration file.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace aluvia::app {

/// The name nearest to `text`, at most two edits of a character away and one in a text of up to four
/// characters; else empty. A text of more than 40 characters is near nothing: it may be a secret.
std::string_view nearest(std::string_view text, std::span<const std::string> names);

/// "; did you mean NAME?", or nothing.
std::string did_you_mean(std::string_view text, std::span<const std::string> names);

/// Returns "MESSAGE; see aluvia-connect COMMAND --help"; a question has its mark in place of the semicolon.
/// An empty command: the help of the program.
std::string with_help(std::string_view message, std::string_view command);

}  // namespace aluvia::app
