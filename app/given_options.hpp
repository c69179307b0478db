// What was said about the options of `run`, and where; not yet whether it makes sense.
#pragma once

#include "command_line.hpp"

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aluvia::app {

struct Given {
  std::vector<std::string> values;  ///< one and more; of --rule any number
  std::string source;         ///< "ALUVIA_PORT", "the configuration file /etc/x:3"; empty: the command line
  bool is_from_file = false;  ///< of the configuration file: no error repeats the values

  const std::string& last() const { return values.back(); }
};

class GivenOptions {
 public:
  enum Layer { command_line, environment, file };

  GivenOptions() = default;
  GivenOptions(GivenOptions&&) = default;
  GivenOptions& operator=(GivenOptions&&) = default;
  /// Overwrites every value: some of them are secrets.
  ~GivenOptions();

  /// A variable that is set but empty, and a configuration file that is not named, give nothing.
  static std::variant<GivenOptions, Printed, UsageError> read(const std::vector<std::string>& arguments);

  /// The first layer's that has it, or null.
  const Given* find(std::string_view flag) const;
  const Given* find(std::string_view flag, Layer layer) const;

  /// Warnings for the user, a line each.
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  using Values = std::map<std::string, Given, std::less<>>;

  std::array<Values, 3> layers_;
  std::vector<std::string> warnings_;
};

}  // namespace aluvia::app
