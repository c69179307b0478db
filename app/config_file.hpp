// A configuration file: `key = value` lines, # comments, quotes, lists in brackets. Knows no options.
#pragma once

#include "base/result.hpp"

#include <string>
#include <vector>

namespace aluvia::app {

struct ConfigEntry {
  std::string key;
  std::vector<std::string> values;
};

/// The error is a phrase that names the file and what is wrong with it.
Result<std::vector<ConfigEntry>, std::string> read_config_file(const std::string& path);

}  // namespace aluvia::app
