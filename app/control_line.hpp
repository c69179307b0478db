// The command line of a command that asks or changes a running proxy: a few options, and words between them.
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

/// What a command takes beside --port and --json.
struct ControlSyntax {
  std::string_view name;
  std::string_view words;  ///< how help writes them; empty: it takes none
  std::string_view about;
  bool local = false;   ///< --local
  bool clear = false;   ///< --clear
  bool shell = false;   ///< --shell
  int timeout = 0;      ///< --timeout, with this default in seconds
  bool probes = false;  ///< --live, --started
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
};

/// A word may begin with one dash: an exclusion is a rule.
std::variant<ControlLine, Printed, UsageError> parse_control_line(const ControlSyntax& shape,
                                                                  const std::vector<std::string>& arguments);

/// Its options, for whoever writes about them.
std::vector<OptionText> control_option_texts(const ControlSyntax& shape);

}  // namespace aluvia::app
