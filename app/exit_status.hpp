// Defines the exit statuses, with the numbers of sysexits.h if it has one. Scripts and service managers rely
// on them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::app {

enum ExitStatus : int {
  success = 0,
  bad_usage = 64,            ///< unknown option, missing token, bad value
  api_unavailable = 69,      ///< the API cannot be reached or answers an error
  internal_error = 70,       ///< a bug
  cannot_listen = 73,        ///< a port cannot be bound
  cannot_print = 74,         ///< stdout cannot be written
  bad_api_answer = 76,       ///< the response of the API is not valid
  token_refused = 77,        ///< 401 or 403
  cannot_run_command = 126,  ///< of exec and try
  command_not_found = 127,
};

/// A row of the one table of exit statuses.
struct ExitRow {
  ExitStatus status;
  std::string_view commands;  ///< names, or a group of commands
  std::string_view text;      ///< for help, the manual page and the documents

  bool is_of(std::string_view command) const;
};

/// Returns the rows in ascending order of the statuses; those of a COMMAND that exec and try run are not
/// among them.
std::span<const ExitRow> exit_rows();

/// Returns the commands of a row for people: "run exec check", "commands for a running proxy".
std::string_view label_of(const ExitRow& row);

/// Returns true if `command` ends with the status of another command.
bool runs_a_command(std::string_view command);

struct ExitMeaning {
  ExitStatus status;
  std::string text;
};

/// Returns the statuses of a command, in ascending order.
std::vector<ExitMeaning> exit_meanings(std::string_view command);

/// Returns the statuses of a command for its help, one a line. The last has no line feed.
std::string exit_help(std::string_view command);

/// Returns the whole table, for `help exit-status`.
std::string exit_table();

}  // namespace aluvia::app
