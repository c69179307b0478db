#include "secret_arguments.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace aluvia::app {
namespace {

constexpr std::array<std::string_view, 2> secret_options{"--token", "--proxy-auth"};

// No secret begins so: it is no printable character.
constexpr char mark = '\x01';

std::vector<Secret>& taken() {
  static std::vector<Secret> secrets;
  return secrets;
}

void overwrite(char* text) noexcept {
  std::memset(text, '*', std::strlen(text));
}

std::string take(char* text) {
  if (*text == '\0') return {};  // an empty one is refused later, by its name
  taken().emplace_back(std::string(text));
  overwrite(text);
  return mark + std::to_string(taken().size() - 1);
}

// The option whose value is a secret that `argument` is, or begins with.
std::string_view secret_option_of(std::string_view argument) {
  for (const std::string_view option : secret_options) {
    const bool fits = argument.starts_with(option);
    if (fits && (argument.size() == option.size() || argument[option.size()] == '=')) return option;
  }
  return {};
}

}  // namespace

std::vector<std::string> take_arguments(int argc, char** argv) {
  std::vector<std::string> out;
  bool is_ours = true;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    is_ours = is_ours && argument != "--";
    const std::string_view option = is_ours ? secret_option_of(argument) : std::string_view{};
    if (option.empty()) {
      out.emplace_back(argument);
    } else if (argument.size() == option.size()) {
      out.emplace_back(argument);
      if (i + 1 < argc) out.push_back(take(argv[++i]));
    } else {
      out.push_back(std::string(option) + '=' + take(argv[i] + option.size() + 1));
    }
  }
  return out;
}

Secret secret_of(std::string_view text) {
  std::size_t index = 0;
  if (text.starts_with(mark) &&
      std::from_chars(text.data() + 1, text.data() + text.size(), index).ec == std::errc{} &&
      index < taken().size()) {
    return taken()[index];
  }
  return Secret(std::string(text));
}

void hide_secret_environment() noexcept {
  for (const char* const name : {"ALUVIA_TOKEN", "ALV_USER_TOKEN", "ALUVIA_PROXY_AUTH"}) {
    if (char* const value = std::getenv(name)) {
      overwrite(value);
      ::unsetenv(name);
    }
  }
}

}  // namespace aluvia::app
