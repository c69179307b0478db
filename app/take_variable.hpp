// Takes variables out of the environment that are meant for this process alone.
#pragma once

#include <cstdlib>
#include <string>

namespace aluvia::app {

/// Returns the value, empty where it is unset, and unsets it, so that no child sees it. Before there are
/// threads.
inline std::string take_variable(const char* name) {
  const char* const value = std::getenv(name);
  std::string out = value ? value : "";
  ::unsetenv(name);
  return out;
}

}  // namespace aluvia::app
