#include "secret_arguments.hpp"

#include <cstdlib>
#include <cstring>
#include <string_view>

namespace aluvia::app {
namespace {

void overwrite(char* text) noexcept {
  std::memset(text, '*', std::strlen(text));
}

}  // namespace

void hide_token_argument(int argc, char** argv) noexcept {
  static constexpr std::string_view option = "--token";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--") return;
    if (argument == option && i + 1 < argc) overwrite(argv[++i]);
    if (argument.starts_with("--token=")) overwrite(argv[i] + option.size() + 1);
  }
}

void hide_token_environment() noexcept {
  for (const char* const name : {"ALUVIA_TOKEN", "ALV_USER_TOKEN"}) {
    if (char* const value = std::getenv(name)) {
      overwrite(value);
      ::unsetenv(name);
    }
  }
}

}  // namespace aluvia::app
