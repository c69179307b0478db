#include "client_run.hpp"

#include "admin/socket_path.hpp"
#include "descriptor_limit.hpp"
#include "exit_status.hpp"
#include "live_view.hpp"
#include "passed_socket.hpp"
#include "port_holder.hpp"
#include "stderr_sink.hpp"
#include "token_source.hpp"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

using Body = std::function<int(agent::AgentConnectClient&)>;

// Connections that are enough for most users: at or above this number, a lowered limit is no warning.
constexpr std::uint64_t plenty = 1000;

// Lowers the limit of connections to fit the limit of open files, because a request without a descriptor for
// its site would fail.
void fit_connections(RunOptions& options) {
  std::size_t& connections = options.client.limits.connections;
  const std::size_t wanted = connections;
  const std::uint64_t limit = raise_descriptor_limit(wanted);
  const std::uint64_t most = connections_within(limit);
  if (wanted <= most) return;
  connections = most;
  if (wanted == proxy::Limits{}.connections && most >= plenty) return;
  options.client.logger.warn(
      {"limit_lowered", {{"open_files", limit}, {"connections", most}, {"wanted", wanted}}},
      "the limit of open files, {}, lets {} connections in, not the {} of {}: raise it to {} with ulimit -n "
      "or LimitNOFILE= of the service, or lower {}",
      limit, most, wanted, name_of(options, OptionId::max_connections), descriptors_for(wanted),
      name_of(options, OptionId::max_connections));
}

// Sends to `sink`, which outlives the client, the log, the access log if it is for stderr, and on a terminal
// a line for each request.
void set_outputs(RunOptions& options, StderrSink& sink) {
  const auto write = [&sink](std::string_view line) { sink.write(line); };
  const auto clock = &std::chrono::system_clock::now;
  agent::AgentConnectClientOptions& client = options.client;
  if (client.access_log.file == "-") {
    client.access_log.file.clear();
    client.access_log.sink = [&sink](std::string_view line) { return sink.offer(line); };
  }
  if (!LiveView::is_possible(options.log_format, options.log_level)) {
    client.logger = Logger(options.log_level, options.log_format, write, clock);
    return;
  }
  const bool shows_requests = options.live != Live::no && options.log_level == LogLevel::info;
  const LiveView view(sink, TerminalStyle::of(STDERR_FILENO),
                      {.shows_requests = shows_requests,
                       .shows_ready = options.live == Live::with_ready_text,
                       .needs_credentials = !client.proxy_auth.empty()});
  client.logger = Logger(
      options.log_level, [view](const LogRecord& record) { return view.render(record); }, write, clock);
  if (!shows_requests) return;
  client.on_request = [view](const telemetry::RequestRecord& record) { view.show(record); };
  client.logs_requests = false;
}

int run_checked(const RunOptions& options, ServiceManager& manager, const Body& body) {
  try {
    agent::AgentConnectClient client(options.client);
    return body(client);
  } catch (const agent::MissingUserTokenError&) {
    return manager.failed(bad_usage, fmt::format("no user API token: {}", ways_to_give_a_token()),
                          {.error = "MissingUserTokenError"});
  } catch (const agent::InvalidOptionError& error) {
    return manager.failed(bad_usage, error_text(options, error));
  } catch (const agent::InvalidUserTokenError& error) {
    return manager.failed(token_refused, error.what(), {.http_status = error.status_code()});
  } catch (const agent::ApiError& error) {
    const bool nonsense = error.kind() == agent::ApiError::Kind::bad_answer;
    return manager.failed(nonsense ? bad_api_answer : api_unavailable, error.what(),
                          {.http_status = error.status_code()});
  } catch (const agent::ProxyStartError& error) {
    const std::string hint = error.option() ? fmt::format(" ({})", name_of(options, *error.option())) : "";
    const bool is_taken = error.code() == std::errc::address_in_use;
    const std::string what = is_taken ? with_holder(error.what(), options.client.local_port) : error.what();
    return manager.failed(cannot_listen, what + hint, {.error_number = error.code().value()});
  } catch (const agent::StartCancelledError&) {
    return success;
  }
}

}  // namespace

int run_client(RunOptions& options, ServiceManager& manager, const Body& body) {
  if (options.names.contains(OptionId::color)) choose_color(options.color);  // maybe by the file
  StderrSink sink(options.log_format);
  set_outputs(options, sink);
  manager.log_to(options.client.logger);
  for (const std::string& warning : options.warnings) {
    options.client.logger.warn({"option_warning", {{"reason", warning}}}, "{}", warning);
  }
  const auto passed = PassedSocket::take();
  if (!passed) return manager.failed(bad_usage, passed.error());
  options.client.listening_socket = passed->descriptor();
  options.client.heartbeat = manager.heartbeat(options.client.shutdown_grace);
  options.client.control_folder = admin::socket_folder();
  std::error_code ignored;
  options.client.directory = std::filesystem::current_path(ignored).string();
  fit_connections(options);
  const int status = run_checked(options, manager, body);
  manager.log_to({});
  return status;
}

}  // namespace aluvia::app
