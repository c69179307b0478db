// Names the reasons why a start failed for a program that started this one. The names are those of the
// specification's errors.
#pragma once

#include "exit_status.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aluvia::app {

struct FailureDetails {
  std::string_view error{};          ///< empty: error_name() of the exit status
  std::optional<int> http_status{};  ///< of the API's response, if there was one
  int error_number = 0;              ///< errno, or 0
};

/// Returns the error of an exit status that has one reason: "ApiError".
std::string_view error_name(ExitStatus status) noexcept;

/// Returns a command that may help and does no harm; empty if none does.
std::string next_after(ExitStatus status);

}  // namespace aluvia::app
