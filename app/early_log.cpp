#include "early_log.hpp"

#include "option_table.hpp"
#include "standard_streams.hpp"

#include <chrono>
#include <cstdlib>
#include <string_view>

namespace aluvia::app {
namespace {

// The last one counts, as for the options.
bool asks_for_json(const std::vector<std::string>& arguments) {
  const OptionRow& row = option_row(OptionId::log_format);
  const std::string flag = row.flag();
  const char* const variable = std::getenv(row.variable().c_str());
  std::string format = variable ? variable : "";
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    if (arguments[i] == flag && i + 1 < arguments.size()) format = arguments[i + 1];
    if (arguments[i].starts_with(flag + "=")) format = arguments[i].substr(flag.size() + 1);
  }
  return format == "json";
}

}  // namespace

Logger early_logger(const std::vector<std::string>& arguments) {
  const LogFormat format = asks_for_json(arguments) ? LogFormat::json : LogFormat::text;
  return {LogLevel::silent, format, [](std::string_view line) { print_error(line); },
          &std::chrono::system_clock::now};
}

}  // namespace aluvia::app
