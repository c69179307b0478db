#include "run_command.hpp"

#include <cstdio>

#include <unistd.h>

#include <fmt/format.h>

#include "exit_status.hpp"
#include "run_options.hpp"
#include "secret_arguments.hpp"
#include "signals.hpp"
#include "stderr_sink.hpp"

namespace aluvia::app {
namespace {

int fail(ExitStatus status, std::string_view message) {
  fmt::print(stderr, "aluvia-connect: {}\n", message);
  return status;
}

bool announce(const agent::AgentConnectSession& session, Output output) {
  if (output == Output::json) {
    fmt::print("{{\"host\":\"{}\",\"port\":{},\"url\":\"{}\",\"pid\":{}}}\n", session.host(), session.port(),
               session.url(), ::getpid());
  } else {
    fmt::print("{}\n", session.url());
  }
  return std::fflush(stdout) == 0;
}

int serve(agent::AgentConnectClient& client, SignalThread& signals, const RunOptions& options) {
  using std::chrono::milliseconds;
  signals.start({
      [&client, grace = options.client.shutdown_grace] { client.request_stop(grace); },
      [&client] { client.request_stop(milliseconds::zero()); },
      [&client] { client.refresh(); },
  });
  const agent::AgentConnectSession session = client.start();
  if (!announce(session, options.output)) {
    return fail(internal_error, "cannot write the session URL to stdout");
  }
  client.wait();
  return stopped_as_asked;
}

}  // namespace

// The four errors of the specification, and no others, become exit statuses here and nowhere else.
int run_command(const std::vector<std::string>& arguments) {
  auto read = read_run_options(arguments);
  hide_token_environment();
  if (const auto* const text = std::get_if<Printed>(&read)) {
    fmt::print("{}", text->text);
    return stopped_as_asked;
  }
  if (const auto* const error = std::get_if<UsageError>(&read)) {
    return fail(bad_usage, error->message + "; see aluvia-connect run --help");
  }
  auto& options = std::get<RunOptions>(read);
  StderrSink sink;
  options.client.logger = Logger(
      options.log_level, options.log_format, [&sink](std::string_view line) { sink.write(line); },
      &std::chrono::system_clock::now);
  SignalThread signals;
  try {
    agent::AgentConnectClient client(options.client);
    return serve(client, signals, options);
  } catch (const agent::MissingUserTokenError& error) {
    return fail(bad_usage, error.what());
  } catch (const agent::InvalidOptionError& error) {
    return fail(bad_usage, error.what());
  } catch (const agent::InvalidUserTokenError& error) {
    return fail(token_refused, error.what());
  } catch (const agent::ApiError& error) {
    return fail(error.kind() == agent::ApiError::Kind::bad_answer ? bad_api_answer : api_unavailable, error.what());
  } catch (const agent::ProxyStartError& error) {
    return fail(cannot_listen, error.what());
  } catch (const agent::StartCancelledError&) {
    return stopped_as_asked;
  }
}

}  // namespace aluvia::app
