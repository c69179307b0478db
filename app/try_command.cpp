#include "try_command.hpp"

#include "answer_style.hpp"
#include "child_process.hpp"
#include "client_run.hpp"
#include "core_dumps.hpp"
#include "examples.hpp"
#include "exit_status.hpp"
#include "found_proxies.hpp"
#include "live_view.hpp"
#include "option_table.hpp"
#include "proxied_command.hpp"
#include "run_command.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/trust_store.hpp"
#include "sandbox_command.hpp"
#include "secret_arguments.hpp"
#include "service_manager.hpp"
#include "signals.hpp"
#include "standard_streams.hpp"
#include "suggestion.hpp"
#include "try_text.hpp"
#include "wrapped_text.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

constexpr const char* introduction =
    "Usage: aluvia-connect try [OPTIONS] [[--] COMMAND [ARGUMENT…]]\n"
    "\n"
    "Run an emulated Aluvia and a proxy on it: no account, no network, nothing to\n"
    "copy. Prints the URL of the proxy, its page, a curl command and a line for\n"
    "Playwright that work as they stand, and how to stop.\n"
    "\n"
    "Every host name leads to an emulated site on ports 80 and 443, http and https.\n"
    "example.com and the names below it take the gateway, other hosts are direct.\n"
    "The site shows what it saw. Nothing leaves this machine; loopback addresses lead\n"
    "to your own services. The proxy listens on port 54321, or on a free one where\n"
    "that is in use.\n"
    "\n"
    "With COMMAND, runs it behind the proxy as exec does, and lets it trust the\n"
    "certificates of the emulated sites: CURL_CA_BUNDLE, SSL_CERT_FILE,\n"
    "REQUESTS_CA_BUNDLE, NODE_EXTRA_CA_CERTS and JAVA_TOOL_OPTIONS are set, and the\n"
    "variables of the emulated account, so that aluvia-connect works inside.\n"
    "Chromium reads none of them: give it the arguments in ALUVIA_BROWSER_ARGS.\n"
    "\n"
    "The options are those of run that do not lead to a real account, and --help and\n"
    "--version; see aluvia-connect run --help:\n"
    "\n";

// The emulated Aluvia answers for these, and its traffic does not belong beside the real one's. proxy-auth
// would have to be printed with the curl command, and output is the form of another line.
constexpr std::array given_by_try{OptionId::token,        OptionId::token_file,       OptionId::api_base_url,
                                  OptionId::api_ca,       OptionId::connection_id,    OptionId::wait_for_api,
                                  OptionId::config_cache, OptionId::gateway_protocol, OptionId::gateway_host,
                                  OptionId::gateway_port, OptionId::gateway_ca,       OptionId::dns_server,
                                  OptionId::proxy_auth,   OptionId::output,           OptionId::state_dir};

constexpr RejectedOptions rejected{
    given_by_try, "try has an account, API, gateway and output of its own; use run for a real account"};

constexpr const char* java_password = "changeit";  // Java's own; it guards nothing

using Body = std::function<int(agent::AgentConnectClient&)>;

std::string help() {
  return introduction + flag_lines(try_option_texts()) + "\n" + examples_text("try") + "\n" +
         exit_help("try") + "\n";
}

void lead_to(const sandbox::Sandbox& box, agent::AgentConnectClientOptions& client) {
  client.token = Secret(box.token());
  client.api_base_url = box.api_url();
  client.gateway_host = "127.0.0.1";
  client.gateway_port = box.ports().gateway;
  client.emulated_origin = proxy::EmulatedOrigin{box.ports().origin, box.ports().origin_tls};
}

// The folder of the CA, which is removed with it.
TrustFiles write_trust_files(const sandbox::Sandbox& box) {
  const std::filesystem::path path = box.ca_file().parent_path() / "truststore.p12";
  std::ofstream file(path, std::ios::binary);
  const std::string store = sandbox::java_trust_store(box.ca_pem(), java_password);
  file << store;
  file.close();
  return {box.ca_file().string(), file && !store.empty() ? path.string() : "", java_password, box.key_pin()};
}

std::string variable_of(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

Variables variables_of(const sandbox::Sandbox& box, const TrustFiles& files, const std::string& url,
                       const Inherited& inherited) {
  Variables out = trust_variables(files, url, inherited);
  const Variables account{{"ALUVIA_TOKEN", box.token()},
                          {"ALUVIA_API_BASE_URL", box.api_url()},
                          {"ALUVIA_GATEWAY_HOST", "127.0.0.1"},
                          {"ALUVIA_GATEWAY_PORT", std::to_string(box.ports().gateway)},
                          {"ALUVIA_DNS_SERVER", fmt::format("127.0.0.1:{}", box.ports().dns)},
                          {"ALUVIA_ALLOW_LOOPBACK_NAMES", "yes"}};
  out.insert(out.end(), account.begin(), account.end());
  return out;
}

// Runs `body` with a client on the usual port, and again on a free one where the usual one is in use: asking
// for the port before would leave a moment in which another program takes it.
int run_on_a_port(RunOptions& options, ServiceManager& manager, bool says_so, const Body& body) {
  if (options.names.contains(OptionId::port)) return run_client(options, manager, body);
  bool is_in_use = false;
  options.client.local_port = usual_port;
  const int status = run_client(options, manager, [&](agent::AgentConnectClient& client) {
    try {
      return body(client);
    } catch (const agent::ProxyStartError& error) {
      is_in_use = error.code() == std::errc::address_in_use;
      if (!is_in_use) throw;
      return int{success};
    }
  });
  if (!is_in_use) return status;
  options.client.local_port = 0;
  options.warnings.clear();  // logged already
  if (says_so)
    options.warnings.push_back(fmt::format("port {} is in use: the proxy takes a free one", usual_port));
  return run_client(options, manager, body);
}

int serve(RunOptions& options, ServiceManager& manager, const sandbox::Sandbox& box) {
  const std::string routes =
      options.client.local_rules.empty() ? " (gateway: example.com; direct: other hosts)" : "";
  const auto announcement = [&](const agent::AgentConnectSession& session) {
    return painted(try_text(session.url(), box.ca_file().string(), routes, text_width(STDOUT_FILENO)),
                   TerminalStyle::of(STDOUT_FILENO));
  };
  return run_on_a_port(options, manager, true, [&](agent::AgentConnectClient& client) {
    return serve_until_stopped(client, options, manager, announcement, Hangup::stops);
  });
}

int run_with(const std::vector<std::string>& command, RunOptions& options, ServiceManager& manager,
             const sandbox::Sandbox& box, const TrustFiles& files, ChildPlace& place) {
  const Inherited inherited{variable_of("JAVA_TOOL_OPTIONS"), variable_of("ALUVIA_BROWSER_ARGS")};
  const auto more = [&](const std::string& url) { return variables_of(box, files, url, inherited); };
  return run_on_a_port(options, manager, false, [&](agent::AgentConnectClient& client) {
    return run_proxied(client, options, command, more, manager, place);
  });
}

int run_tried(RunOptions& options, const std::vector<std::string>& command, ServiceManager& manager,
              ChildPlace& place) {
  sandbox::Sandbox box(sandbox::SandboxOptions{.rules = default_rules(), .has_pages = true});
  if (const auto started = box.start(); !started) return manager.failed(cannot_listen, started.error());
  lead_to(box, options.client);
  const TrustFiles files = write_trust_files(box);
  // For `env` in another shell, which has its own JAVA_TOOL_OPTIONS. The sandbox outlives the client.
  options.client.client_variables = [&box, files](const std::string& url) {
    return variables_of(box, files, url, {});
  };
  return command.empty() ? serve(options, manager, box)
                         : run_with(command, options, manager, box, files, place);
}

}  // namespace

std::vector<OptionText> try_option_texts() {
  std::vector<OptionText> out = run_option_texts();
  std::erase_if(out, [](const OptionText& option) {
    const OptionRow* const row = find_option(std::string_view(option.flag).substr(2));
    return std::ranges::find(given_by_try, row->id) != given_by_try.end();
  });
  return out;
}

int try_command(const std::vector<std::string>& arguments) {
  ChildPlace place;  // first: it remembers what the command is to inherit
  ServiceManager manager;
  const SplitArguments parts = split_arguments(arguments);
  if (parts.wants_help) return print_help(help());
  auto read = read_run_options(parts.options, rejected);
  hide_secret_environment();
  if (const auto* const text = std::get_if<Printed>(&read)) return print_help(text->text);
  if (const auto* const error = std::get_if<UsageError>(&read)) {
    return manager.failed(bad_usage, with_help(error->message, "try"));
  }
  block_signals();
  auto& options = std::get<RunOptions>(read);
  if (options.core_dumps) allow_core_dumps();
  options.client.command = parts.command.empty() ? "try" : "try -- " + short_command(parts.command);
  if (parts.command.empty()) options.live = Live::without_ready_text;
  if (!options.names.contains(OptionId::log_level) && !options.is_quiet) {
    const bool is_live =
        options.live != Live::no && LiveView::is_possible(options.log_format, LogLevel::info);
    options.log_level = is_live ? LogLevel::info : LogLevel::warn;
  }
  return run_tried(options, parts.command, manager, place);
}

}  // namespace aluvia::app
