// Parses the command line of a command that controls a running proxy: a few options, and words between them.
#pragma once

#include "command_line.hpp"
#include "option_text.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aluvia::app {

/// Options and words of a command besides --port and --json.
struct ControlSyntax {
  std::string_view name;
  std::string_view words;  ///< arguments, as in help; empty: none
  std::string_view about;
  bool local = false;         ///< --local
  bool clear = false;         ///< --clear
  bool shell = false;         ///< --shell
  int timeout = 0;            ///< --timeout, with this default in seconds
  bool probes = false;        ///< --live, --started
  bool report = false;        ///< --status, --reason
  bool is_about_all = false;  ///< concerns every proxy: no --port
  bool usage = false;         ///< --by, --since, --csv, --price, --state-dir
  bool watch = false;         ///< --watch
  bool log = false;           ///< --follow, --host, --route, --failed
  bool read_only = false;     ///< --read-only
  bool all = false;           ///< --all
};

/// The options of usage, not yet checked; empty: not given.
struct UsageFlags {
  std::string by;
  std::string since;
  std::string price;
  std::string state_dir;
  bool csv = false;
};

struct ControlLine {
  std::string_view name;
  std::vector<std::string> words;
  std::optional<std::uint16_t> port;
  bool json = false;
  bool local = false;
  bool clear = false;
  std::string shell;
  std::chrono::milliseconds timeout{0};
  bool live = false;
  bool started = false;
  std::optional<int> status;
  std::string reason;
  UsageFlags usage;
  bool watch = false;
  bool follow = false;
  std::string host;
  std::string route;
  bool failed = false;
  bool read_only = false;
  bool all = false;
};

/// Parses the arguments of a command. A word may begin with one dash, because an exclusion is a rule.
std::variant<ControlLine, Printed, UsageError> parse_control_line(const ControlSyntax& shape,
                                                                  const std::vector<std::string>& arguments);

/// Returns the options of a command, for help, the manual page and the completions.
std::vector<OptionText> control_option_texts(const ControlSyntax& shape);

}  // namespace aluvia::app
