#include "run_command.hpp"

#include "base/json_writer.hpp"
#include "client_run.hpp"
#include "core_dumps.hpp"
#include "early_log.hpp"
#include "exit_status.hpp"
#include "parent_watch.hpp"
#include "ready_file.hpp"
#include "secret_arguments.hpp"
#include "signals.hpp"
#include "standard_streams.hpp"
#include "suggestion.hpp"

#include <optional>
#include <stop_token>

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

using std::chrono::milliseconds;

std::string announcement(const agent::AgentConnectSession& session, Output output) {
  if (output == Output::text) return session.url() + "\n";
  JsonWriter out;
  out.begin_object();
  out.text("host", session.host());
  out.number("port", session.port());
  out.text("url", session.url());
  out.number("pid", static_cast<std::uint64_t>(::getpid()));
  out.end_object();
  return std::string(out.take_line().view());
}

// Takes the policy of the configuration file again. A policy that the file does not change stays, with what a
// command has added to it.
class PolicyReload {
 public:
  PolicyReload(const std::vector<std::string>& arguments, const RunOptions& options)
      : arguments_(arguments), logger_(options.client.logger), last_(options.client.policy) {}

  void run(agent::AgentConnectClient& client) {
    auto policy = read_policy_options(arguments_);
    if (!policy) return warn(policy.error());
    if (*policy == last_) return;
    last_ = *policy;
    client.change(config::SetPolicy{std::move(*policy)},
                  [logger = logger_](const config::ChangeResult& result) {
                    if (!result) warn(logger, result.error().message);
                  });
  }

 private:
  void warn(const std::string& reason) const { warn(logger_, reason); }
  static void warn(const Logger& logger, const std::string& reason) {
    logger.warn({"policy_reload_failed", {{"reason", reason}}},
                "cannot take the policy from the configuration file: {}; the last one stays in force",
                reason);
  }

  const std::vector<std::string>& arguments_;
  Logger logger_;
  policy::PolicyTexts last_;
};

}  // namespace

// Stops by the stop token, which cancels a start that has not begun, and by request_stop() after that.
int serve_until_stopped(agent::AgentConnectClient& client, const RunOptions& options, ServiceManager& manager,
                        const std::function<std::string(const agent::AgentConnectSession&)>& announcement,
                        Hangup hangup, const std::function<void()>& reload) {
  std::stop_source call_off;
  const auto stop = [&](int) {
    call_off.request_stop();
    client.request_stop(options.client.shutdown_grace);
  };
  const SignalThread signals({
      stop,
      [&] { client.request_stop(milliseconds::zero()); },
      [&] {
        if (hangup == Hangup::stops) return stop(SIGHUP);
        if (reload) reload();
        client.refresh(manager.reloading());
      },
      [&] { client.reopen_logs(); },
  });
  manager.starting(options.client.wait_for_api);
  const agent::AgentConnectSession session = client.start(call_off.get_token());
  std::unique_ptr<ReadyFile> ready;
  if (!options.ready_file.empty()) {
    auto written = ReadyFile::write(options.ready_file, session.url() + "\n");
    if (!written) return manager.failed(cannot_print, "--ready-file: " + written.error());
    ready = std::move(*written);
  }
  if (const auto printed = print(announcement(session)); printed != success) return printed;
  manager.ready();
  client.wait();
  return success;
}

int run_command(const std::vector<std::string>& arguments) {
  ServiceManager manager;
  manager.log_to(early_logger(arguments));
  auto read = read_run_options(arguments);
  hide_secret_environment();
  if (const auto* const text = std::get_if<Printed>(&read)) return print_help(text->text);
  if (const auto* const error = std::get_if<UsageError>(&read)) {
    return manager.failed(bad_usage, with_help(error->message, "run"));
  }
  block_signals();
  auto& options = std::get<RunOptions>(read);
  if (options.core_dumps) allow_core_dumps();
  options.client.command = "run";
  if (!options.config_file.empty()) options.client.command += " --config " + options.config_file;
  options.live = Live::with_ready_text;
  const auto announce = [&](const agent::AgentConnectSession& session) {
    return announcement(session, options.output);
  };
  return run_client(options, manager, [&](agent::AgentConnectClient& client) {
    std::optional<ParentWatch> watch;
    if (options.exit_with_parent) watch.emplace(stdin_of_parent(), options.client.logger);
    PolicyReload policy(arguments, options);
    return serve_until_stopped(client, options, manager, announce, Hangup::refreshes,
                               [&] { policy.run(client); });
  });
}

}  // namespace aluvia::app
