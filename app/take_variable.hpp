// Variables that are meant for this process alone.
#pragma once

#include <cstdlib>
#include <string>

namespace aluvia::app {

/// The value, empty where there is none; whoever is started later does not see it. Before there are threads.
inline std::string take_variable(const char* name) {
  const char* const value = std::getenv(name);
  std::string out = value ? value : "";
  ::unsetenv(name);
  return out;
}

}  // namespace aluvia::app
