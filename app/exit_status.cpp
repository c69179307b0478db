#include "exit_status.hpp"

#include "wrapped_text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

constexpr std::string_view every = "every command";
constexpr std::string_view printing = "all but healthcheck";
constexpr std::string_view asking =
    "status tunnels usage top log explain blocked wait healthcheck env browser-args rules policy geo rotate "
    "refresh stop";
constexpr std::string_view changing = "rules geo rotate refresh";

// clang-format off
constexpr std::array rows{
    ExitRow{success, every, "done, or stopped as asked"},
    ExitRow{bad_usage, every, "bad usage: unknown option, missing token, bad value"},
    ExitRow{bad_usage, asking, "several proxies run and --port names none, or a value is rejected"},
    ExitRow{bad_usage, "usage", "the state directory has no file that can be read"},
    ExitRow{api_unavailable, "run exec check", "the API cannot be reached or answers an error"},
    ExitRow{api_unavailable, asking, "no proxy answers, or it is not ready"},
    ExitRow{api_unavailable, changing, "the API cannot be reached, or rejects for now"},
    ExitRow{internal_error, every, "an internal error: please report it"},
    ExitRow{cannot_listen, "run try exec", "cannot listen on the port"},
    ExitRow{cannot_listen, "sandbox", "cannot listen on a port, or cannot write the CA file"},
    ExitRow{cannot_print, printing, "cannot write to stdout"},
    ExitRow{cannot_print, "run try exec", "cannot write the file of --ready-file"},
    ExitRow{bad_api_answer, "run exec check rules geo rotate refresh", "the response of the API is not valid"},
    ExitRow{bad_api_answer, "wait env browser-args", "the proxy answers with something else than its URL"},
    ExitRow{bad_api_answer, "top log", "the proxy has no live view: an older version"},
    ExitRow{token_refused, "run exec check rules geo rotate refresh", "the API rejects the token"},
    ExitRow{token_refused, asking, "the proxy, its socket or its folder is another user's"},
    ExitRow{cannot_run_command, "exec try", "COMMAND cannot be run"},
    ExitRow{command_not_found, "exec try", "COMMAND cannot be found"},
};
// clang-format on

constexpr std::string_view of_command = "COMMAND's own once it has started; 128 + n after signal n";

bool names(std::string_view list, std::string_view command) {
  while (!list.empty()) {
    const std::string_view word = list.substr(0, list.find(' '));
    if (word == command) return true;
    list.remove_prefix(std::min(word.size() + 1, list.size()));
  }
  return false;
}

}  // namespace

bool ExitRow::is_of(std::string_view command) const {
  if (commands == every) return true;
  return commands == printing ? command != "healthcheck" : names(commands, command);
}

std::string_view label_of(const ExitRow& row) {
  return row.commands == asking ? "commands for a running proxy" : row.commands;
}

std::span<const ExitRow> exit_rows() {
  return rows;
}

bool runs_a_command(std::string_view command) {
  return command == "exec" || command == "try";
}

std::vector<ExitMeaning> exit_meanings(std::string_view command) {
  std::vector<ExitMeaning> out;
  for (const ExitRow& row : rows) {
    if (!row.is_of(command)) continue;
    if (out.empty() || out.back().status != row.status)
      out.push_back({row.status, std::string(row.text)});
    else
      out.back().text += fmt::format("; {}", row.text);
  }
  return out;
}

std::string exit_help(std::string_view command) {
  std::string out = "Exit status:";
  for (const ExitMeaning& one : exit_meanings(command))
    out += fmt::format("\n  {:<5}{}", int{one.status}, wrapped(one.text, 7, 7));
  if (runs_a_command(command)) out += fmt::format("\n  {:<5}{}", "else", wrapped(of_command, 7, 7));
  return out;
}

std::string exit_table() {
  std::string out = "Exit statuses, and the commands that end with them:\n\n";
  for (const ExitRow& row : rows)
    out += fmt::format("  {:<5}{}\n", int{row.status},
                       wrapped(fmt::format("{}: {}", label_of(row), row.text), 7, 7));
  out += fmt::format("  {:<5}{}\n", "else", wrapped(fmt::format("exec try: {}", of_command), 7, 7));
  return out + fmt::format("\nCommands for a running proxy: {}.\n", wrapped(asking, 30, 2));
}

}  // namespace aluvia::app
