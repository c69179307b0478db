#include "run_command.hpp"

#include "admin/socket_path.hpp"
#include "exit_status.hpp"
#include "run_options.hpp"
#include "secret_arguments.hpp"
#include "signals.hpp"
#include "standard_streams.hpp"
#include "stderr_sink.hpp"

#include <stop_token>

#include <fmt/format.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

using std::chrono::milliseconds;

std::string announcement(const agent::AgentConnectSession& session, Output output) {
  if (output == Output::text) return session.url() + "\n";
  return fmt::format("{{\"host\":\"{}\",\"port\":{},\"url\":\"{}\",\"pid\":{}}}\n", session.host(),
                     session.port(), session.url(), ::getpid());
}

// The stop token reaches a start that has not begun yet, request_stop() what it has started.
ExitStatus serve(agent::AgentConnectClient& client, const RunOptions& options) {
  std::stop_source call_off;
  const SignalThread signals({
      [&] {
        call_off.request_stop();
        client.request_stop(options.client.shutdown_grace);
      },
      [&] { client.request_stop(milliseconds::zero()); },
      [&] { client.refresh(); },
  });
  const agent::AgentConnectSession session = client.start(call_off.get_token());
  if (const auto printed = print(announcement(session, options.output)); printed != stopped_as_asked)
    return printed;
  client.wait();
  return stopped_as_asked;
}

ExitStatus bad_option(const RunOptions& options, const agent::InvalidOptionError& error) {
  return complain(bad_usage, error.what() + origin_of(options, error.option()));
}

// The errors of the specification, and no others, become exit statuses here and nowhere else.
ExitStatus run(RunOptions& options) {
  StderrSink sink(options.log_format);
  options.client.logger = Logger(
      options.log_level, options.log_format, [&sink](std::string_view line) { sink.write(line); },
      &std::chrono::system_clock::now);
  options.client.control_folder = admin::socket_folders().front();
  try {
    agent::AgentConnectClient client(options.client);
    return serve(client, options);
  } catch (const agent::MissingUserTokenError& error) {
    return complain(bad_usage, error.what());
  } catch (const agent::InvalidOptionError& error) {
    return bad_option(options, error);
  } catch (const agent::InvalidUserTokenError& error) {
    return complain(token_refused, error.what());
  } catch (const agent::ApiError& error) {
    const bool nonsense = error.kind() == agent::ApiError::Kind::bad_answer;
    return complain(nonsense ? bad_api_answer : api_unavailable, error.what());
  } catch (const agent::ProxyStartError& error) {
    return complain(cannot_listen, error.what());
  } catch (const agent::StartCancelledError&) {
    return stopped_as_asked;
  }
}

}  // namespace

int run_command(const std::vector<std::string>& arguments) {
  auto read = read_run_options(arguments);
  hide_token_environment();
  if (const auto* const text = std::get_if<Printed>(&read)) return print(text->text);
  if (const auto* const error = std::get_if<UsageError>(&read)) {
    return complain(bad_usage, error->message + "; see aluvia-connect run --help");
  }
  block_signals();
  return run(std::get<RunOptions>(read));
}

}  // namespace aluvia::app
