#include "check_command.hpp"

#include "answer_style.hpp"
#include "base/counted.hpp"
#include "base/json_writer.hpp"
#include "client_run.hpp"
#include "effective_options.hpp"
#include "examples.hpp"
#include "exit_status.hpp"
#include "secret_arguments.hpp"
#include "service_manager.hpp"
#include "standard_streams.hpp"
#include "suggestion.hpp"
#include "wrapped_text.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

constexpr const char* introduction =
    "Usage: aluvia-connect check [--online] [--print] [--json] [OPTIONS]\n"
    "\n"
    "Validate the options of run, from flags, environment and configuration file,\n"
    "without starting anything.\n"
    "\n";

constexpr const char* and_those_of_run =

    "\nThe others are those of the proxy, --help and --version; see\naluvia-connect help run:\n\n";

std::string help() {
  std::string out = introduction;
  for (const OptionText& option : check_option_texts())
    out += fmt::format("  {:<24}{}\n", option.flag, wrapped(option.help + '.', 26, 26));
  return out + and_those_of_run + flag_lines(run_option_texts()) + "\n" + examples_text("check") + "\n" +
         exit_help("check") + "\n";
}

struct Wishes {
  bool online = false;
  bool print = false;
  bool json = false;
};

bool take(std::vector<std::string>& arguments, const char* flag) {
  return std::erase(arguments, flag) > 0;
}

// `options` is JSON, or empty.
std::string result_json(bool is_good, std::optional<std::size_t> rules, const std::string& options) {
  JsonWriter out;
  out.begin_object();
  out.yes_or_no("ok", is_good);
  if (rules) out.number("rules", *rules);
  if (!options.empty()) out.raw("options", options);
  out.end_object();
  return std::string(out.take_line().view());
}

std::string good_text(std::optional<std::size_t> rules) {
  if (!rules) return "the options are good\n";
  return fmt::format("the options are good, and the API takes the token: {}\n", counted(*rules, "rule"));
}

// Prints the values before the check, whose error then stands below them; in JSON one object holds both.
int check(RunOptions& options, ServiceManager& manager, const Wishes& wishes) {
  const auto values = wishes.print ? effective_options(options) : std::vector<EffectiveOption>{};
  const std::string json = wishes.print ? effective_json(values) : "";
  if (wishes.print && !wishes.json) {
    const std::string table =
        effective_text(values, text_width(STDOUT_FILENO), TerminalStyle::of(STDOUT_FILENO));
    if (const auto printed = print(table + '\n'); printed != success) return printed;
  }
  const int status = run_client(options, manager, [&](const agent::AgentConnectClient& client) {
    std::optional<std::size_t> rules;
    if (wishes.online) rules = client.check();
    return int{print(wishes.json ? result_json(true, rules, json) : shown_answer(good_text(rules)))};
  });
  if (status != success && status != cannot_print && wishes.json && wishes.print)
    print(result_json(false, std::nullopt, json));
  return status;
}

}  // namespace

std::vector<OptionText> check_option_texts() {
  return {{"--online", "", "Fetch the configuration once, which also checks the token", "Other"},
          {"--print", "", "Print the value of each option and where it comes from; secrets are not shown",
           "Other"},
          {"--json", "", "JSON instead of text for people", "Other"}};
}

int check_command(const std::vector<std::string>& arguments) {
  ServiceManager manager;
  std::vector<std::string> rest = arguments;
  if (take(rest, "--help") || take(rest, "-h")) return print_help(help());
  Wishes wishes;
  wishes.online = take(rest, "--online");
  wishes.print = take(rest, "--print");
  wishes.json = take(rest, "--json");
  auto read = read_run_options(rest);
  hide_secret_environment();
  if (const auto* const text = std::get_if<Printed>(&read)) return print_help(text->text);
  if (const auto* const error = std::get_if<UsageError>(&read)) {
    return manager.failed(bad_usage, with_help(error->message, "check"));
  }
  auto& options = std::get<RunOptions>(read);
  options.log_level = LogLevel::silent;  // the one error is printed at the end
  for (const std::string& warning : options.warnings) complain(success, "warning: " + warning);
  return check(options, manager, wishes);
}

}  // namespace aluvia::app
