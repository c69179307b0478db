// The options of `run`, a row for each. Parsing, the environment, the configuration file, errors, help, the
// manual page, completions and docs/options.md all come from these rows.
#pragma once

#include "run_options.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aluvia::app {

/// How a value reaches the options, and how it is written where it is the default.
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
  std::string_view default_text{};    ///< where the default of the member does not say it
  bool has_variable = true;           ///< ALUVIA_NAME
  std::string_view other_variable{};  ///< read where that is not set
  bool is_repeatable = false;
  bool is_secret = false;  ///< no error repeats the value

  bool is_switch() const noexcept { return value.empty(); }
  std::string flag() const;      ///< "--port"
  std::string variable() const;  ///< "ALUVIA_PORT", or empty
  /// "a time from 1s to 24h", for help.
  std::string range() const;
  /// For an error: range(), and the units.
  std::string accepted() const;
  /// "5s"; empty where there is none.
  std::string fallback() const;
};

/// In the order of help.
std::span<const OptionRow> option_table();

const OptionRow& option_row(OptionId id);

/// Null where there is no option of that name, such as "port".
const OptionRow* find_option(std::string_view name);

}  // namespace aluvia::app
