#include "option_values.hpp"

#include "base/ascii.hpp"
#include "base/secret.hpp"
#include "config_file.hpp"
#include "exit_status.hpp"
#include "option_table.hpp"
#include "run_options.hpp"
#include "small_file.hpp"
#include "suggestion.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

using Values = std::map<OptionId, OptionValue>;
using Texts = std::map<OptionId, std::vector<std::string>>;

constexpr const char* introduction =
    "Start the local proxy in the foreground, until SIGINT or SIGTERM. When it\n"
    "listens, its URL is printed on stdout.";

constexpr const char* closing =
    "A value comes from the flag, else from the environment variable in brackets,\n"
    "else from the configuration file, else it is the default.\n"
    "\n"
    "A time takes a unit: 500ms, 5s, 2m, 1h. Without one it counts what stands\n"
    "behind the flag: seconds or milliseconds (MS). A size takes K, M or G.\n"
    "\n"
    "Signals: SIGINT and SIGTERM stop gracefully, a second one at once; SIGHUP\n"
    "fetches the configuration now, and takes the policy from the configuration\n"
    "file if it has changed there; SIGUSR1 opens the access log again.\n"
    "\n"
    "Service managers: NOTIFY_SOCKET and WATCHDOG_USEC are served (Type=notify), and\n"
    "one listening TCP socket is taken from LISTEN_FDS; --port and --host must agree\n"
    "with it where they are given.\n"
    "\n";

// Adds an option, without its help. A switch may have a value after an equals sign.
CLI::Option* add_option(CLI::App& cli, const OptionRow& row, std::vector<std::string>& texts) {
  const auto take = [&texts](const CLI::results_t& values) {
    texts = values;
    return true;
  };
  return cli.add_option(row.flag(), take)
      ->type_name(std::string(row.value))
      ->group(std::string(row.group))
      ->expected(row.is_switch() ? 0 : 1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

// Making the texts of help is a fifth of reading the options, so a start goes without them.
struct RunCli {
  enum class Help { no, yes };
  explicit RunCli(Help help) {
    for (const OptionRow& row : option_table()) {
      CLI::Option* const option = add_option(app, row, texts[row.id]);
      if (help == Help::yes) option->description(full_text(row.text()));
    }
    configure(app, "run");
    if (help == Help::yes) app.footer(closing + exit_help("run"));
  }
  Texts texts;  // outlives `app`, which refers to it
  CLI::App app{introduction, "aluvia-connect run"};
};

// Warns of a variable that looks like a mistyped one of ours; others may belong to other programs.
std::vector<std::string> variable_warnings() {
  std::vector<std::string> known{"ALUVIA_PROXY_URL", "ALUVIA_PROXY_SERVER", "ALUVIA_PROXY_USERNAME",
                                 "ALUVIA_PROXY_PASSWORD", "ALUVIA_BROWSER_ARGS"};
  for (const OptionRow& row : option_table()) {
    if (row.has_variable) known.push_back(row.variable());
  }
  std::vector<std::string> out;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    if (!name.starts_with("ALUVIA_") || std::ranges::find(known, name) != known.end()) continue;
    const std::string hint = did_you_mean(name, known);
    if (!hint.empty()) out.push_back(fmt::format("{} is not a variable of aluvia-connect{}", name, hint));
  }
  return out;
}

Values read_environment() {
  Values out;
  for (const OptionRow& row : option_table()) {
    const std::string variable = row.variable();
    const char* const value = variable.empty() ? nullptr : std::getenv(variable.c_str());
    if (value && *value) out[row.id] = {{value}, variable};
  }
  return out;
}

std::vector<std::string> option_names() {
  std::vector<std::string> out;
  for (const OptionRow& row : option_table()) out.emplace_back(option_name(row.id));
  return out;
}

// Words the error about an unknown option. Does not repeat the text, because it may be a token.
std::string unknown_option(const ConfigEntry& entry) {
  const std::string hint = did_you_mean(ascii::to_lower(entry.name), option_names());
  std::string out = "unknown option";
  if (!hint.empty()) return out + hint;
  return entry.has_value ? out + "; write lines such as port = 8080"
                         : out + fmt::format("; give a file that holds a token alone to {}",
                                             option_row(OptionId::token_file).flag());
}

// Adds an entry of the configuration file to `out`; `where` is its file and line. Returns why it cannot.
std::optional<std::string> add_entry(Values& out, ConfigEntry& entry, const std::string& where) {
  const OptionRow* const row = find_option(entry.name);
  if (!row || row->id == OptionId::config) return unknown_option(entry);
  if (entry.values.size() != 1 && !row->is_repeatable) {
    return fmt::format("{} takes one value, in quotes where it has a comma, a space or a #", entry.name);
  }
  OptionValue& value = out[row->id];
  if (!value.values.empty() && !row->is_repeatable) return fmt::format("{} is set twice", entry.name);
  std::ranges::move(entry.values, std::back_inserter(value.values));
  value.name = fmt::format("{} of {}", entry.name, where);
  value.is_from_file = true;
  return std::nullopt;
}

std::variant<Values, UsageError> read_file(const OptionValue& config, std::vector<std::string>& warnings) {
  const std::string& path = config.last();
  const auto error = [&](std::string_view reason) {
    return UsageError{fmt::format("cannot use {}: {}", config.name, reason)};
  };
  auto read = read_config_file(path);
  if (!read) return error(read.error());
  if (read->is_readable_by_all) warnings.push_back(readable_by_all_warning(path));
  Values out;
  for (ConfigEntry& entry : read->entries) {
    const std::string where = fmt::format("{}:{}", printable(path), entry.line);
    if (const auto reason = add_entry(out, entry, where)) return error(fmt::format("{}: {}", where, *reason));
  }
  return out;
}

}  // namespace

std::string run_help() {
  return RunCli(RunCli::Help::yes).app.help();
}

std::vector<OptionText> run_option_texts() {
  std::vector<OptionText> out;
  for (const OptionRow& row : option_table()) out.push_back(row.text());
  return out;
}

std::variant<OptionValues, Printed, UsageError> OptionValues::read(
    const std::vector<std::string>& arguments) {
  RunCli cli(RunCli::Help::no);
  auto parsed = parse(cli.app, arguments);
  if (std::holds_alternative<Printed>(parsed)) {
    RunCli with_help(RunCli::Help::yes);
    return std::get<Printed>(parse(with_help.app, arguments));
  }
  if (auto* const error = std::get_if<UsageError>(&parsed)) return std::move(*error);

  OptionValues out;
  for (auto& [id, values] : cli.texts) {
    if (!values.empty()) out.layers_[command_line][id] = {std::move(values), option_row(id).flag()};
  }
  out.layers_[environment] = read_environment();
  out.warnings_ = variable_warnings();
  if (const OptionValue* const config = out.find(OptionId::config)) {
    auto file_values = read_file(*config, out.warnings_);
    if (auto* const error = std::get_if<UsageError>(&file_values)) return std::move(*error);
    out.layers_[file] = std::get<Values>(std::move(file_values));
  }
  return out;
}

OptionValues::~OptionValues() {
  for (Values& layer : layers_) {
    for (auto& [id, value] : layer)
      std::ranges::for_each(value.values, [](std::string& text) { wipe(text); });
  }
}

const OptionValue* OptionValues::find(OptionId id) const {
  for (const Layer layer : {command_line, environment, file}) {
    if (const OptionValue* const value = find(id, layer)) return value;
  }
  return nullptr;
}

const OptionValue* OptionValues::find(OptionId id, Layer layer) const {
  const auto value = layers_[layer].find(id);
  return value == layers_[layer].end() ? nullptr : &value->second;
}

}  // namespace aluvia::app
