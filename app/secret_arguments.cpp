#include "secret_arguments.hpp"

#include "base/number.hpp"
#include "option_table.hpp"

#include <cstdlib>
#include <cstring>
#include <optional>

namespace aluvia::app {
namespace {

// No secret begins with this character, because it is not printable.
constexpr char mark = '\x01';

std::vector<Secret>& taken() {
  static std::vector<Secret> secrets;
  return secrets;
}

void overwrite(char* text) noexcept {
  std::memset(text, '*', std::strlen(text));
}

std::string take(char* text) {
  if (*text == '\0') return {};  // the option rejects it later
  taken().emplace_back(text);
  overwrite(text);
  return mark + std::to_string(taken().size() - 1);
}

// Returns the flag of a secret option that `argument` is or begins with, or an empty text.
std::string secret_flag_of(std::string_view argument) {
  for (const OptionRow& row : option_table()) {
    std::string flag = row.is_secret ? row.flag() : "";
    const bool fits = row.is_secret && argument.starts_with(flag);
    if (fits && (argument.size() == flag.size() || argument[flag.size()] == '=')) return flag;
  }
  return {};
}

void hide_variable(const std::string& name) noexcept {
  char* const value = name.empty() ? nullptr : std::getenv(name.c_str());
  if (!value) return;
  overwrite(value);
  ::unsetenv(name.c_str());
}

}  // namespace

std::vector<std::string> take_arguments(int argc, char** argv) {
  std::vector<std::string> out;
  bool is_ours = true;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    is_ours = is_ours && argument != "--";
    const std::string option = is_ours ? secret_flag_of(argument) : std::string();
    if (option.empty()) {
      out.emplace_back(argument);
    } else if (argument.size() == option.size()) {
      out.emplace_back(argument);
      if (i + 1 < argc) out.push_back(take(argv[++i]));
    } else {
      out.push_back(option + '=' + take(argv[i] + option.size() + 1));
    }
  }
  return out;
}

Secret secret_of(std::string_view text) {
  const auto index = text.starts_with(mark) ? parse_number<std::size_t>(text.substr(1)) : std::nullopt;
  if (index && *index < taken().size()) return taken()[*index];
  return Secret(text);
}

void hide_secret_environment() {
  for (const OptionRow& row : option_table()) {
    if (!row.is_secret) continue;
    hide_variable(row.variable());
    hide_variable(std::string(row.other_variable));
  }
}

}  // namespace aluvia::app
