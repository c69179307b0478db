#include "config_file.hpp"

#include "base/logger.hpp"
#include "base/secret.hpp"
#include "small_file.hpp"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace aluvia::app {
namespace {

constexpr std::size_t file_limit = 1024 * 1024;

// The library ends a value at '#', also between quotes, and leaves the first of them standing.
bool lost_a_quote(const std::string& value) {
  return !value.empty() && (value.front() == '"' || value.front() == '\'');
}

}  // namespace

Result<std::vector<ConfigEntry>, std::string> read_config_file(const std::string& path) {
  auto text = read_small_file(path, file_limit);
  if (!text) return Err{std::move(text).error()};
  const bool is_text = text->find('\0') == text->npos;
  std::istringstream lines(*text);
  wipe(*text);  // a token may stand in it
  if (!is_text)
    return Err{fmt::format("{} is no text file; it takes lines such as port = 8080", printable(path))};
  std::vector<ConfigEntry> out;
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(lines)) {
    if (!item.parents.empty()) {
      return Err{fmt::format("{} has a section or a dotted name, '{}'; options stand alone", printable(path),
                             printable(item.parents.front(), 40))};
    }
    if (std::ranges::any_of(item.inputs, lost_a_quote)) {
      return Err{fmt::format("{}: the value of {} lacks a quote; # begins a comment even between quotes",
                             printable(path), printable(item.name, 40))};
    }
    out.push_back({item.name, item.inputs});
  }
  return out;
}

}  // namespace aluvia::app
