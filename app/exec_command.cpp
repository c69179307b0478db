#include "exec_command.hpp"

#include "child_process.hpp"
#include "client_run.hpp"
#include "core_dumps.hpp"
#include "exit_status.hpp"
#include "option_table.hpp"
#include "proxy_settings.hpp"
#include "ready_file.hpp"
#include "secret_arguments.hpp"
#include "service_manager.hpp"
#include "signals.hpp"
#include "standard_streams.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>

#include <fmt/format.h>
#include <signal.h>

namespace aluvia::app {
namespace {

using std::chrono::milliseconds;

constexpr const char* introduction =
    "Usage: aluvia-connect exec [OPTIONS] [--] COMMAND [ARGUMENT…]\n"
    "\n"
    "Start a proxy on a free port, wait until it is ready, and run COMMAND with\n"
    "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY (in both letter cases),\n"
    "NODE_USE_ENV_PROXY and ALUVIA_PROXY_URL set, and without the variables of the\n"
    "token. With --proxy-auth the URL has the user and password in it, because\n"
    "COMMAND is the client; ALUVIA_PROXY_SERVER, ALUVIA_PROXY_USERNAME and\n"
    "ALUVIA_PROXY_PASSWORD hold its parts for programs that take them apart. SIGINT,\n"
    "SIGTERM and SIGHUP are passed on. The proxy ends with COMMAND, and COMMAND with\n"
    "the process of the proxy. A line on stderr tells when COMMAND has never used\n"
    "the proxy.\n"
    "\n"
    "Exit status: COMMAND's own, 128 + n where signal n ended it; 127 when COMMAND\n"
    "cannot be found, 126 when it cannot be run. Where the proxy cannot start,\n"
    "COMMAND is not started, and the status is that of run.\n"
    "\n"
    "The options are those of run:\n"
    "\n";

constexpr const char* unused_proxy =
    "the command ended without ever having used the proxy: it does not read proxy variables, as Node before "
    "22.21 "
    "and 24.5 does not, or has a proxy setting of its own; ALUVIA_PROXY_URL holds the value for that setting";

struct Parts {
  std::vector<std::string> options;
  std::vector<std::string> command;
  bool wants_help = false;
};

bool is_switch(std::string_view flag) {
  const OptionRow* const row = flag.starts_with("--") ? find_option(flag.substr(2)) : nullptr;
  return row && row->is_switch();
}

// Splits the options from the command. Every option except --help and the switches has a value, and the first
// word that is neither option nor value begins the command.
Parts split_arguments(const std::vector<std::string>& arguments) {
  Parts out;
  std::size_t i = 0;
  for (; i < arguments.size() && arguments[i].starts_with('-') && arguments[i] != "--"; ++i) {
    const std::string& one = arguments[i];
    out.options.push_back(one);
    out.wants_help = out.wants_help || one == "--help" || one == "-h";
    const bool stands_alone =
        one == "--help" || one == "-h" || one == "--version" || is_switch(one) || one.find('=') != one.npos;
    if (!stands_alone && i + 1 < arguments.size() && arguments[i + 1] != "--") {
      out.options.push_back(arguments[++i]);
    }
  }
  if (i < arguments.size() && arguments[i] == "--") ++i;
  out.command.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
  return out;
}

// Starts the proxy. A signal cancels the start and is stored in `called_off_by`.
agent::AgentConnectSession start(agent::AgentConnectClient& client, std::atomic<int>& called_off_by) {
  std::stop_source call_off;
  const auto stop = [&](int signal) {
    called_off_by = signal;
    call_off.request_stop();
  };
  const SignalThread signals({stop, [] {}, [&] { stop(SIGHUP); }});
  return client.start(call_off.get_token());
}

int serve(agent::AgentConnectClient& client, const RunOptions& options, const Parts& parts,
          ServiceManager& manager, ChildPlace& place) {
  std::atomic<int> called_off_by{0};
  std::unique_ptr<ReadyFile> ready;
  std::optional<agent::AgentConnectSession> session;
  manager.starting(options.client.wait_for_api);
  try {
    session.emplace(start(client, called_off_by));
  } catch (const agent::StartCancelledError&) {
    return 128 + called_off_by;
  }
  if (called_off_by != 0) return 128 + called_off_by;
  if (!options.ready_file.empty()) {
    auto written = ReadyFile::write(options.ready_file, session->url() + "\n");
    if (!written) return manager.failed(cannot_print, "--ready-file: " + written.error());
    ready = std::move(*written);
  }
  manager.ready();
  const ChildEnd end = place.run(parts.command, proxy_variables(std::string(session->client_url().reveal())));
  client.request_stop(milliseconds::zero());  // the only client has ended
  client.wait();
  if (end.started && client.last_traffic().connections == 0) options.client.logger.warn(unused_proxy);
  return end.status;
}

}  // namespace

int exec_command(const std::vector<std::string>& arguments) {
  ChildPlace place;  // first: it saves the descriptors and signal mask for the command
  ServiceManager manager;
  const Parts parts = split_arguments(arguments);
  if (parts.wants_help) return print(introduction + run_help());
  auto read = read_run_options(parts.options);
  hide_secret_environment();
  if (const auto* const text = std::get_if<Printed>(&read)) return print(text->text);
  if (const auto* const error = std::get_if<UsageError>(&read)) {
    return manager.failed(bad_usage, error->message + "; see aluvia-connect exec --help");
  }
  if (parts.command.empty())
    return manager.failed(bad_usage, "exec takes a command; see aluvia-connect exec --help");
  block_signals();
  auto& options = std::get<RunOptions>(read);
  if (options.core_dumps) allow_core_dumps();
  return run_client(options, manager, [&](agent::AgentConnectClient& client) {
    return serve(client, options, parts, manager, place);
  });
}

}  // namespace aluvia::app
