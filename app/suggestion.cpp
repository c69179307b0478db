#include "suggestion.hpp"

#include <fmt/format.h>

namespace aluvia::app {

std::string with_help(std::string_view message, std::string_view command) {
  return fmt::format("{}{} see aluvia-connect {}{}--help", message, message.ends_with('?') ? "" : ";",
                     command, command.empty() ? "" : " ");
}

}  // namespace aluvia::app
