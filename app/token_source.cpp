#include "token_source.hpp"

#include "base/ascii.hpp"
#include "base/logger.hpp"
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

std::string from(const std::string& source) {
  return source.empty() ? "" : fmt::format(" (from {})", source);
}

Result<FoundToken, std::string> from_text(const Given& given) {
  Secret token{std::string(ascii::trim(secret_of(given.last()).reveal()))};
  if (token.empty())
    return Err{fmt::format("--token is empty; it takes a user API token{}", from(given.source))};
  return FoundToken{std::move(token), given.source, {}};
}

// A token that was given in the place of its file's name is neither a path nor there, and is not repeated.
bool may_be_a_token(const std::string& path) {
  return path.find('/') == path.npos && ::access(path.c_str(), F_OK) != 0;
}

Result<FoundToken, std::string> from_file(const std::string& path, const std::string& source,
                                          std::string_view if_empty = "write the user API token into it") {
  if (may_be_a_token(path)) {
    return Err{fmt::format(
        "--token-file: no file of that name is in the working directory; check its name, and that "
        "it is not the token itself{}",
        from(source))};
  }
  auto text = read_small_file(path, token_file_limit);
  if (!text) return Err{fmt::format("--token-file: {}{}", text.error(), from(source))};
  Secret token{std::string(ascii::trim(text->text))};
  wipe(text->text);
  if (token.empty()) {
    return Err{fmt::format("--token-file: {} is empty; {}{}", printable(path), if_empty, from(source))};
  }
  FoundToken out{std::move(token), "the file " + printable(path), path};
  if (text->is_readable_by_all) out.warning = readable_by_all_warning(path);
  return out;
}

Result<FoundToken, std::string> from_file(const Given& given) {
  if (given.last().empty()) return Err{"--token-file takes a file, not ''" + from(given.source)};
  return from_file(given.last(), given.source);
}

// White space alone counts as unset, like nothing at all.
Secret from_variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? Secret(std::string(ascii::trim(value))) : Secret();
}

// systemd names the folder, and so does the container image. One that may not be entered is complained about,
// not passed over.
Result<FoundToken, std::string> from_service_manager() {
  const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (!folder || !*folder) return FoundToken{};
  const std::string path = std::string(folder) + "/aluvia-token";
  if (::access(path.c_str(), F_OK) == 0 || errno != ENOENT) {
    // systemd makes a copy there: an empty one of nothing.
    auto out =
        from_file(path, "CREDENTIALS_DIRECTORY",
                  "write the user API token into it; under systemd into the file that LoadCredential= of the "
                  "unit names, which is missing, empty or a folder");
    // The service manager or the container engine decides on its mode and on who reaches it.
    if (out) out->warning.clear();
    return out;
  }
  return Err{fmt::format(
      "no user API token: there is no file {}; put it there, or give --token, --token-file or ALUVIA_TOKEN",
      printable(path))};
}

}  // namespace

// A file named on the command line wins over a token in the environment.
Result<FoundToken, std::string> find_token(const GivenOptions& given) {
  using enum GivenOptions::Layer;
  if (const auto* token = given.find("--token", command_line)) return from_text(*token);
  if (const auto* path = given.find("--token-file", command_line)) return from_file(*path);
  for (const char* const name : {"ALUVIA_TOKEN", "ALV_USER_TOKEN"}) {
    if (auto token = from_variable(name); !token.empty()) return FoundToken{std::move(token), name, {}};
  }
  if (const auto* path = given.find("--token-file", environment)) return from_file(*path);
  if (const auto* token = given.find("--token", file)) return from_text(*token);
  if (const auto* path = given.find("--token-file", file)) return from_file(*path);
  return from_service_manager();
}

}  // namespace aluvia::app
