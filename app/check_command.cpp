#include "check_command.hpp"

#include "base/counted.hpp"
#include "base/json_writer.hpp"
#include "client_run.hpp"
#include "examples.hpp"
#include "exit_status.hpp"
#include "secret_arguments.hpp"
#include "service_manager.hpp"
#include "standard_streams.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

constexpr const char* introduction =
    "Usage: aluvia-connect check [--online] [--json] [OPTIONS]\n"
    "\n"
    "Validate the options of run, from flags, environment and configuration file,\n"
    "without starting anything; with --online the token too: the configuration is\n"
    "fetched once.\n"
    "\n"
    "Exit status: 0, or the one that run would end with.\n"
    "\n"
    "The options are those of run:\n"
    "\n";

bool take(std::vector<std::string>& arguments, const char* flag) {
  return std::erase(arguments, flag) > 0;
}

std::string good_json(std::optional<std::size_t> rules) {
  JsonWriter out;
  out.begin_object();
  out.yes_or_no("ok", true);
  if (rules) out.number("rules", *rules);
  out.end_object();
  return std::string(out.take_line().view());
}

int check(const agent::AgentConnectClient& client, bool online, bool json) {
  if (!online) return print(json ? good_json(std::nullopt) : "the options are good\n");
  const std::size_t rules = client.check();
  if (json) return print(good_json(rules));
  return print(
      fmt::format("the options are good, and the API takes the token: {}\n", counted(rules, "rule")));
}

}  // namespace

std::vector<OptionText> check_option_texts() {
  return {{"--online", "", "Fetch the configuration once, which also checks the token", "Other"},
          {"--json", "", "JSON instead of text for people", "Other"}};
}

int check_command(const std::vector<std::string>& arguments) {
  ServiceManager manager;
  std::vector<std::string> rest = arguments;
  if (take(rest, "--help") || take(rest, "-h"))
    return print_help(introduction + run_help() + "\n" + examples_text("check"));
  const bool online = take(rest, "--online");
  const bool json = take(rest, "--json");
  auto read = read_run_options(rest);
  hide_secret_environment();
  if (const auto* const text = std::get_if<Printed>(&read)) return print_help(text->text);
  if (const auto* const error = std::get_if<UsageError>(&read)) {
    return manager.failed(bad_usage, error->message + "; see aluvia-connect check --help");
  }
  auto& options = std::get<RunOptions>(read);
  options.log_level = LogLevel::silent;  // the one error is printed at the end
  for (const std::string& warning : options.warnings) complain(success, "warning: " + warning);
  return run_client(options, manager,
                    [&](agent::AgentConnectClient& client) { return check(client, online, json); });
}

}  // namespace aluvia::app
