#include "given_options.hpp"

#include "base/ascii.hpp"
#include "base/secret.hpp"
#include "config_file.hpp"
#include "exit_status.hpp"
#include "option_table.hpp"
#include "run_options.hpp"
#include "small_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <numeric>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace aluvia::app {
namespace {

using Values = std::map<std::string, Given, std::less<>>;
using Texts = std::map<std::string, std::vector<std::string>, std::less<>>;

constexpr const char* introduction =
    "Start the local proxy in the foreground, until SIGINT or SIGTERM. When it listens, its URL is\n"
    "printed on stdout.";

constexpr const char* closing =
    "A value comes from the flag, else from the environment variable in brackets, else from the\n"
    "configuration file, else it is the default.\n"
    "\n"
    "Signals: SIGINT and SIGTERM stop gracefully, a second one at once; SIGHUP fetches the\n"
    "configuration now.\n"
    "\n"
    "Service managers: NOTIFY_SOCKET and WATCHDOG_USEC are served (Type=notify), and one listening TCP\n"
    "socket is taken from LISTEN_FDS; --port and --host must agree with it where they are given.\n"
    "\n";

std::string help_of(const OptionRow& row) {
  return row.variable.empty() ? std::string(row.help) : fmt::format("{} [{}]", row.help, row.variable);
}

// Its value, where it has one, stands behind an equals sign.
void add_switch(CLI::App& cli, const OptionRow& row, std::vector<std::string>& texts) {
  const auto take = [&texts](const CLI::results_t& values) {
    texts = values;
    return true;
  };
  cli.add_option(std::string(row.flag), take, help_of(row))
      ->type_name("")
      ->group(std::string(row.group))
      ->expected(0)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

// `texts` must outlive `cli`.
void add_options(CLI::App& cli, Texts& texts) {
  for (const OptionRow& row : option_table()) {
    if (row.value.empty()) {
      add_switch(cli, row, texts[std::string(row.flag)]);
      continue;
    }
    cli.add_option(std::string(row.flag), texts[std::string(row.flag)], help_of(row))
        ->type_name(std::string(row.value))
        ->group(std::string(row.group))
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
  }
}

struct RunCli {
  RunCli() {
    add_options(app, texts);
    dress(app);
    app.footer(closing + exit_help());
  }
  Texts texts;
  CLI::App app{introduction, "aluvia-connect run"};
};

Values read_environment() {
  Values out;
  for (const OptionRow& row : option_table()) {
    const std::string variable(row.variable);
    const char* const value = variable.empty() ? nullptr : std::getenv(variable.c_str());
    if (value && *value) out[std::string(row.flag)] = {{value}, variable};
  }
  return out;
}

const OptionRow* row_of_name(std::string_view name) {
  const auto rows = option_table();
  const auto row =
      std::ranges::find_if(rows, [&](const OptionRow& one) { return one.flag.substr(2) == name; });
  return row == rows.end() || row->flag == "--config" ? nullptr : &*row;
}

// Returns true where at most two edits of a character turn `a` into `b` (Levenshtein's distance).
bool is_nearly(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({changed, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back() <= 2;
}

// The text itself is not repeated: it may be a token.
std::string about_unknown(const ConfigEntry& entry) {
  static constexpr std::size_t shortest = 3;
  static constexpr std::size_t longest = 40;
  const std::string name = ascii::to_lower(entry.name);
  const auto rows = option_table();
  const auto meant = std::ranges::find_if(rows, [&](const OptionRow& row) {
    return name.size() >= shortest && name.size() <= longest && is_nearly(name, row.flag.substr(2));
  });
  std::string out = "unknown option";
  if (meant != rows.end()) return out + fmt::format("; did you mean {}?", meant->flag.substr(2));
  return entry.has_value ? out + "; it takes lines such as port = 8080"
                         : out + "; a file that holds a token alone is named by --token-file";
}

std::variant<Values, UsageError> read_file(const std::string& path, const std::string& from,
                                           std::vector<std::string>& warnings) {
  auto read = read_config_file(path);
  if (!read) return UsageError{fmt::format("--config: {}{}", read.error(), from)};
  if (read->is_readable_by_all) warnings.push_back(readable_by_all_warning(path));
  Values out;
  for (ConfigEntry& entry : read->entries) {
    const OptionRow* const row = row_of_name(entry.name);
    const std::string where = fmt::format("{}:{}", printable(path), entry.line);
    const auto wrong = [&](std::string_view why) {
      return UsageError{fmt::format("--config: {}: {}{}", where, why, from)};
    };
    if (!row) return wrong(about_unknown(entry));
    if (entry.values.size() != 1 && !row->repeatable) {
      return wrong(
          fmt::format("{} takes one value, in quotes where it has a comma, a space or a #", entry.name));
    }
    Given& given = out[std::string(row->flag)];
    if (!given.values.empty() && !row->repeatable) return wrong(entry.name + " stands there twice");
    std::ranges::move(entry.values, std::back_inserter(given.values));
    given.source = fmt::format("the configuration file {}", where);
    given.is_from_file = true;
  }
  return out;
}

}  // namespace

std::string run_help() {
  return RunCli().app.help();
}

std::vector<OptionText> run_option_texts() {
  return option_texts(RunCli().app);
}

std::variant<GivenOptions, Printed, UsageError> GivenOptions::read(
    const std::vector<std::string>& arguments) {
  RunCli cli;
  auto parsed = parse(cli.app, arguments);
  if (auto* const text = std::get_if<Printed>(&parsed)) return std::move(*text);
  if (auto* const error = std::get_if<UsageError>(&parsed)) return std::move(*error);

  GivenOptions out;
  for (auto& [flag, values] : cli.texts) {
    if (!values.empty()) out.layers_[command_line][flag] = {std::move(values), {}};
  }
  out.layers_[environment] = read_environment();
  if (const Given* const config = out.find("--config")) {
    const std::string from = config->source.empty() ? "" : fmt::format(" (from {})", config->source);
    auto file_values = read_file(config->last(), from, out.warnings_);
    if (auto* const error = std::get_if<UsageError>(&file_values)) return std::move(*error);
    out.layers_[file] = std::get<Values>(std::move(file_values));
  }
  return out;
}

GivenOptions::~GivenOptions() {
  for (Values& values : layers_) {
    for (auto& [flag, given] : values)
      std::ranges::for_each(given.values, [](std::string& text) { wipe(text); });
  }
}

const Given* GivenOptions::find(std::string_view flag) const {
  for (const Layer layer : {command_line, environment, file}) {
    if (const Given* const given = find(flag, layer)) return given;
  }
  return nullptr;
}

const Given* GivenOptions::find(std::string_view flag, Layer layer) const {
  const auto given = layers_[layer].find(flag);
  return given == layers_[layer].end() ? nullptr : &given->second;
}

}  // namespace aluvia::app
