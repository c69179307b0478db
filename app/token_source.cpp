#include "token_source.hpp"

#include "base/ascii.hpp"
#include "base/logger.hpp"
#include "option_table.hpp"
#include "secret_arguments.hpp"
#include "small_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

constexpr std::size_t token_file_limit = 16 * 1024;

Result<FoundToken, std::string> from_text(const OptionValue& given) {
  const Secret whole = secret_of(given.last());
  Secret token{ascii::trim(whole.reveal())};
  if (token.empty()) return Err{fmt::format("cannot use {}: it is empty; give a user API token", given.name)};
  return FoundToken{std::move(token), given.name, {}};
}

// Returns true if `path` may be a token by mistake (no slash, no such file), which errors must not repeat.
bool may_be_a_token(const std::string& path) {
  return path.find('/') == path.npos && ::access(path.c_str(), F_OK) != 0;
}

// Reads a token from a file. Errors call the option or variable that names the file `name`.
Result<FoundToken, std::string> from_file(const std::string& path, const std::string& name,
                                          std::string_view if_empty = "write the user API token into it") {
  const auto error = [&](std::string_view reason) {
    return Err{fmt::format("cannot use {}: {}", name, reason)};
  };
  if (may_be_a_token(path)) {
    return error(
        "no file of that name is in the working directory; check its name, and that it is not the "
        "token itself");
  }
  auto text = read_small_file(path, token_file_limit);
  if (!text) return error(text.error());
  Secret token{ascii::trim(text->text)};
  if (token.empty()) return error(fmt::format("{} is empty; {}", printable(path), if_empty));
  // A pipe cannot be read again, so it is not watched for another token.
  FoundToken out{std::move(token), "the file " + printable(path), text->is_stream ? std::string() : path};
  if (text->is_readable_by_all) out.warning = readable_by_all_warning(path);
  return out;
}

Result<FoundToken, std::string> from_file(const OptionValue& given) {
  if (given.last().empty()) return Err{fmt::format("cannot use {} '': it takes a file", given.name)};
  return from_file(given.last(), given.name);
}

// Returns the token of a variable. A value of white space alone counts as unset.
Secret from_variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? Secret(ascii::trim(value)) : Secret();
}

// Reads the token from the credentials folder, which systemd or the container image names. A folder that may
// not be entered is an error.
Result<FoundToken, std::string> from_service_manager() {
  const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (!folder || !*folder) return FoundToken{};
  const std::string path = std::string(folder) + "/aluvia-token";
  if (::access(path.c_str(), F_OK) == 0 || errno != ENOENT) {
    // systemd copies the credential there, and makes an empty file if its source is missing.
    auto out =
        from_file(path, "CREDENTIALS_DIRECTORY",
                  "write the user API token into it; under systemd into the file that LoadCredential= of the "
                  "unit names, which is missing, empty or a folder");
    // The service manager or the container engine sets its mode, so the user cannot act on the warning.
    if (out) out->warning.clear();
    return out;
  }
  return Err{fmt::format("no user API token: there is no file {}; put it there, or {}", printable(path),
                         ways_to_give_a_token())};
}

}  // namespace

std::string ways_to_give_a_token() {
  const OptionRow& token = option_row(OptionId::token);
  return fmt::format("give it with {}, {} or {}", token.flag(), option_row(OptionId::token_file).flag(),
                     token.variable());
}

// A file named on the command line wins over a token in the environment.
Result<FoundToken, std::string> find_token(const OptionValues& values) {
  using enum OptionValues::Layer;
  if (const auto* token = values.find(OptionId::token, command_line)) return from_text(*token);
  if (const auto* path = values.find(OptionId::token_file, command_line)) return from_file(*path);
  const OptionRow& row = option_row(OptionId::token);
  for (const std::string& name : {row.variable(), std::string(row.other_variable)}) {
    if (auto token = from_variable(name.c_str()); !token.empty())
      return FoundToken{std::move(token), name, {}};
  }
  if (const auto* path = values.find(OptionId::token_file, environment)) return from_file(*path);
  if (const auto* token = values.find(OptionId::token, file)) return from_text(*token);
  if (const auto* path = values.find(OptionId::token_file, file)) return from_file(*path);
  return from_service_manager();
}

}  // namespace aluvia::app
