// Shows the effective value of every option of `run` and its source, for `check --print`.
#pragma once

#include "run_options.hpp"
#include "terminal_style.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace aluvia::app {

struct EffectiveOption {
  std::string name;    ///< "port"
  std::string value;   ///< as it would be given; that of a secret is never in it
  std::string source;  ///< "--port", "ALUVIA_PORT", "/etc/x:3", "default"
  bool is_secret = false;
  bool is_set = false;  ///< false: the default
};

/// Returns every option in the order of help.
std::vector<EffectiveOption> effective_options(const RunOptions& options);

/// Returns a table for people, one option a line; defaults are faint. In `width` columns a long source keeps
/// its end, the line of a file, and a long value stands below it. No width: both are whole.
std::string effective_text(const std::vector<EffectiveOption>& options, std::optional<std::size_t> width,
                           const TerminalStyle& style);

/// Returns a JSON list. A secret has no value, but "secret": true.
std::string effective_json(const std::vector<EffectiveOption>& options);

}  // namespace aluvia::app
