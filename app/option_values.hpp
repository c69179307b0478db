// OptionValues: collects the values of the options of `run` from the command line, the environment and the
// configuration file, before they are parsed.
#pragma once

#include "base/option_id.hpp"
#include "command_line.hpp"

#include <array>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace aluvia::app {

struct OptionValue {
  std::vector<std::string> values;  ///< at least one; more than one of a repeatable option only
  std::string name;                 ///< for errors: "--port", "ALUVIA_PORT", "port of /etc/x:3"
  bool is_from_file = false;        ///< from the configuration file: no error repeats the values

  const std::string& last() const { return values.back(); }
};

class OptionValues {
 public:
  enum Layer { command_line, environment, file };

  OptionValues() = default;
  OptionValues(OptionValues&&) = default;
  OptionValues& operator=(OptionValues&&) = default;
  /// Overwrites every value, because some are secrets.
  ~OptionValues();

  /// Reads `arguments` (without program name and command), the environment, and the configuration file that
  /// they name. A variable that is set but empty counts as unset.
  static std::variant<OptionValues, Printed, UsageError> read(const std::vector<std::string>& arguments);

  /// Returns the value of the first layer that has one, or null.
  const OptionValue* find(OptionId id) const;
  const OptionValue* find(OptionId id, Layer layer) const;

  /// Returns warnings for the user, one a line.
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  using Values = std::map<OptionId, OptionValue>;

  std::array<Values, 3> layers_;
  std::vector<std::string> warnings_;
};

}  // namespace aluvia::app
