// Removes variables from the environment that are meant for this process alone.
#pragma once

#include <cstdlib>
#include <string>

namespace aluvia::app {

/// Returns the value, empty if it is unset, and unsets it, so that no child sees it. Must be called before
/// other threads run.
inline std::string take_variable(const char* name) {
  const char* const value = std::getenv(name);
  std::string out = value ? value : "";
  ::unsetenv(name);
  return out;
}

}  // namespace aluvia::app
