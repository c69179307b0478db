// Makes the logger for errors that come before the options have been read.
#pragma once

#include "base/logger.hpp"

#include <string>
#include <vector>

namespace aluvia::app {

/// Returns a logger to stderr, in JSON if the arguments or the environment ask for it, however wrong the
/// other options are. A program that started this one can then read every reason why it did not start.
Logger early_logger(const std::vector<std::string>& arguments);

}  // namespace aluvia::app
