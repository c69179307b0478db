#include "given_options.hpp"

#include "base/secret.hpp"
#include "config_file.hpp"
#include "exit_status.hpp"
#include "option_table.hpp"
#include "run_options.hpp"

#include <algorithm>
#include <cstdlib>

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

const OptionRow* row_of_key(std::string_view key) {
  const auto rows = option_table();
  const auto row =
      std::ranges::find_if(rows, [&](const OptionRow& one) { return one.flag.substr(2) == key; });
  return row == rows.end() || row->flag == "--config" ? nullptr : &*row;
}

std::variant<Values, UsageError> read_file(const std::string& path, const std::string& from) {
  auto entries = read_config_file(path);
  if (!entries) return UsageError{fmt::format("--config: {}{}", entries.error(), from)};
  Values out;
  for (ConfigEntry& entry : *entries) {
    const OptionRow* const row = row_of_key(entry.key);
    const std::string where = fmt::format("the configuration file {}", printable(path));
    if (!row) {
      return UsageError{fmt::format("{}: there is no option '{}'", where, printable(entry.key, 40))};
    }
    if (entry.values.size() != 1 && !row->repeatable) {
      return UsageError{fmt::format("{}: {} takes one value, in quotes where it has a comma, a space or a #",
                                    where, entry.key)};
    }
    if (!out.emplace(row->flag, Given{std::move(entry.values), where}).second) {
      return UsageError{fmt::format("{}: {} stands there twice", where, entry.key)};
    }
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
    auto file_values = read_file(config->last(), from);
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
