#include "proxied_command.hpp"

#include "exit_status.hpp"
#include "option_table.hpp"
#include "ready_file.hpp"
#include "signals.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include <signal.h>

namespace aluvia::app {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t longest_short_command = 60;

constexpr const char* unused_proxy =
    "the command ended without ever having used the proxy: it does not read proxy variables, as Node before "
    "22.21 "
    "and 24.5 does not, or has a proxy setting of its own; ALUVIA_PROXY_URL holds the value for that setting";

bool is_switch(std::string_view flag) {
  const OptionRow* const row = flag.starts_with("--") ? find_option(flag.substr(2)) : nullptr;
  return row && row->is_switch();
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

}  // namespace

// Every option except --help and the switches has a value, and the first word that is neither option nor
// value begins the command.
SplitArguments split_arguments(const std::vector<std::string>& arguments) {
  SplitArguments out;
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

std::string short_command(const std::vector<std::string>& command) {
  std::string out = printable(command[0].substr(command[0].rfind('/') + 1), 40);
  for (std::size_t i = 1; i < command.size(); ++i) {
    const std::string& word = command[i];
    const bool is_plain = !word.starts_with('-') && word.find_first_of("=:@ \n") == word.npos;
    if (!is_plain || out.size() + word.size() > longest_short_command) return out + " …";
    out += ' ' + printable(word, longest_short_command);
  }
  return out;
}

int run_proxied(agent::AgentConnectClient& client, const RunOptions& options,
                const std::vector<std::string>& command, const MoreVariables& more, ServiceManager& manager,
                ChildPlace& place) {
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
  Variables variables = proxy_variables(std::string(session->client_url().reveal()));
  if (more) variables = merged(std::move(variables), more(session->url()));
  const ChildEnd end = place.run(command, std::move(variables), [&] { client.reopen_logs(); });
  client.request_stop(milliseconds::zero());  // the only client has ended
  client.wait();
  if (end.started && client.last_traffic().connections == 0)
    options.client.logger.warn("proxy_unused", unused_proxy);
  return end.status;
}

}  // namespace aluvia::app
