#include "client_run.hpp"

#include "admin/socket_path.hpp"
#include "exit_status.hpp"
#include "standard_streams.hpp"
#include "stderr_sink.hpp"

namespace aluvia::app {
namespace {

ExitStatus bad_option(const RunOptions& options, const agent::InvalidOptionError& error) {
  return complain(bad_usage, error.what() + origin_of(options, error.option()));
}

}  // namespace

int run_client(RunOptions& options, const std::function<int(agent::AgentConnectClient&)>& body) {
  StderrSink sink(options.log_format);
  options.client.logger = Logger(
      options.log_level, options.log_format, [&sink](std::string_view line) { sink.write(line); },
      &std::chrono::system_clock::now);
  options.client.control_folder = admin::socket_folders().front();
  try {
    agent::AgentConnectClient client(options.client);
    return body(client);
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

}  // namespace aluvia::app
