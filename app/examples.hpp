// The examples that help shows for each command.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace aluvia::app {

/// Command lines without "aluvia-connect", two at most.
std::span<const std::string_view> examples_of(std::string_view command);

/// "Examples:" and a line for each; empty for a command without examples.
std::string examples_text(std::string_view command);

}  // namespace aluvia::app
