// Defines the table of the options of `run`. Parsing, the environment, the configuration file, errors, help,
// the manual page, completions and docs/options.md all come from its rows.
#pragma once

#include "run_options.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aluvia::app {

/// Functions that set an option from a text and write its default as text.
struct OptionMember {
  /// Returns false for a bad value. Null for an option that another file reads.
  bool (*set)(const struct OptionRow& row, RunOptions& options, std::string_view value) = nullptr;
  std::string (*text)(const struct OptionRow& row, const RunOptions& options) = nullptr;
};

struct OptionRow {
  OptionId id;
  std::string_view group;
  std::string_view value;  ///< PORT, text|json; empty: a switch
  OptionMember member;
  std::string_view help;              ///< without range, default and variable; no final period
  std::string_view takes{};           ///< "a file"; empty: follows from the range or the words of `value`
  std::string_view default_text{};    ///< if the default of the member is not enough
  bool has_variable = true;           ///< ALUVIA_NAME
  std::string_view other_variable{};  ///< read if ALUVIA_NAME is not set
  bool is_repeatable = false;
  bool is_secret = false;  ///< no error repeats the value

  bool is_switch() const noexcept { return value.empty(); }
  std::string flag() const;      ///< "--port"
  std::string variable() const;  ///< "ALUVIA_PORT", or empty
  /// Returns the range for help: "a time from 1s to 24h".
  std::string range() const;
  /// Returns range() and the units, for an error.
  std::string accepted() const;
  /// Returns the default, such as "5s"; empty if there is none.
  std::string fallback() const;
  /// Returns what help, the manual page and docs/options.md say of it.
  OptionText text() const;
};

/// Returns the rows in the order of help.
std::span<const OptionRow> option_table();

const OptionRow& option_row(OptionId id);

/// Returns the option with a name such as "port", or null.
const OptionRow* find_option(std::string_view name);

}  // namespace aluvia::app
