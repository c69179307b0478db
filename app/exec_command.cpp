#include "exec_command.hpp"

#include "client_run.hpp"
#include "core_dumps.hpp"
#include "early_log.hpp"
#include "examples.hpp"
#include "exit_status.hpp"
#include "parent_watch.hpp"
#include "proxied_command.hpp"
#include "secret_arguments.hpp"
#include "service_manager.hpp"
#include "signals.hpp"
#include "standard_streams.hpp"
#include "suggestion.hpp"

#include <optional>

namespace aluvia::app {
namespace {

constexpr const char* introduction =
    "Usage: aluvia-connect exec [OPTIONS] [--] COMMAND [ARGUMENT…]\n"
    "\n"
    "Start a proxy on a free port, wait until it is ready, and run COMMAND with\n"
    "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY (in both letter cases),\n"
    "NODE_USE_ENV_PROXY and ALUVIA_PROXY_URL set, and without the variables of the\n"
    "token. With --proxy-auth the URL has the user and password in it, because\n"
    "COMMAND is the client; ALUVIA_PROXY_SERVER, ALUVIA_PROXY_USERNAME and\n"
    "ALUVIA_PROXY_PASSWORD hold its parts for programs that take them apart, and\n"
    "ALUVIA_BROWSER_ARGS the arguments with which Chromium sends nothing past it.\n"
    "SIGINT, SIGTERM and SIGHUP are passed on. The proxy ends with COMMAND, and\n"
    "COMMAND with the process of the proxy. A line on stderr tells when COMMAND has\n"
    "never used the proxy.\n"
    "\n"
    "The options are those of the proxy, --help and --version; see\n"
    "aluvia-connect help run:\n"
    "\n";

std::string help() {
  return introduction + flag_lines(run_option_texts()) + "\n" + examples_text("exec") + "\n" +
         "Where the proxy cannot start, COMMAND is not started.\n\n" + exit_help("exec") + "\n";
}

}  // namespace

int exec_command(const std::vector<std::string>& arguments) {
  ChildPlace place;  // first: it saves the descriptors and signal mask for the command
  ServiceManager manager;
  manager.log_to(early_logger(arguments));
  const SplitArguments parts = split_arguments(arguments);
  if (parts.wants_help) return print_help(help());
  auto read = read_run_options(parts.options);
  hide_secret_environment();
  if (const auto* const text = std::get_if<Printed>(&read)) return print_help(text->text);
  if (const auto* const error = std::get_if<UsageError>(&read)) {
    return manager.failed(bad_usage, with_help(error->message, "exec"));
  }
  if (parts.command.empty())
    return manager.failed(bad_usage, "exec takes a command; see aluvia-connect exec --help");
  block_signals();
  auto& options = std::get<RunOptions>(read);
  if (options.core_dumps) allow_core_dumps();
  // The terminal is the command's: the proxy says only what is wrong.
  if (!options.names.contains(OptionId::log_level)) options.log_level = LogLevel::warn;
  options.client.command = "exec -- " + short_command(parts.command);
  return run_client(options, manager, [&](agent::AgentConnectClient& client) {
    constexpr int none = -1;  // stdin is the command's
    std::optional<ParentWatch> watch;
    if (options.exit_with_parent) watch.emplace(none, options.client.logger);
    return run_proxied(client, options, parts.command, {}, manager, place);
  });
}

}  // namespace aluvia::app
