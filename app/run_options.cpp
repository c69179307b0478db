#include "run_options.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"

namespace aluvia::app {
namespace {

constexpr std::size_t token_file_limit = 16 * 1024;

// What CLI11 writes to; turned into RunOptions afterwards.
struct Raw {
  std::string token;
  std::string token_file;
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string gateway_protocol = "http";
  std::uint16_t gateway_port = 0;
  std::string gateway_host = "gateway.aluvia.io";
  std::string gateway_ca;
  std::string api_base_url = "https://api.aluvia.io";
  std::string api_ca;
  long poll_interval = 5000;
  std::vector<std::string> rules;
  std::string dns_server;
  std::string log_level = "info";
  std::string log_format = "text";
  std::string output = "text";
  double shutdown_grace = 5;
};

class RunParser {
 public:
  RunParser();
  CLI::App& cli() noexcept { return cli_; }
  const Raw& raw() const noexcept { return raw_; }

  /// The environment's values as arguments: they go before the command line's, whose values win, and both win over
  /// the configuration file. (CLI11 by itself lets the file win over the environment.)
  std::vector<std::string> arguments_of_environment() const;
  /// The variable that an option took its value from, where it was one.
  std::string source_of(const std::string& flag, const std::vector<std::string>& given) const;

 private:
  CLI::Option* add(CLI::Option* option, const char* type, const char* variable = nullptr);
  void add_local_options();
  void add_gateway_options();
  void add_api_options();
  void add_output_options();

  CLI::App cli_{"Start the local proxy in the foreground until SIGINT or SIGTERM.", "aluvia-connect run"};
  Raw raw_;
  std::map<std::string, std::string> variables_;  // flag -> environment variable
};

RunParser::RunParser() {
  cli_.set_version_flag("--version", "aluvia-connect " ALUVIA_VERSION);
  cli_.get_formatter()->column_width(34);
  add(cli_.add_option("--token", raw_.token, "User API token; better in a file or the environment, for others on this machine see arguments"), "TOKEN")
      ->group("Account");
  add(cli_.add_option("--token-file", raw_.token_file, "File that holds the token (default: $CREDENTIALS_DIRECTORY/aluvia-token)"), "FILE", "ALUVIA_TOKEN_FILE")
      ->group("Account");
  add_api_options();
  add_local_options();
  add_gateway_options();
  add_output_options();
  cli_.set_config("--config", "", "Configuration file (TOML or INI), option names as keys")
      ->envname("ALUVIA_CONFIG")
      ->type_name("FILE");
}

CLI::Option* RunParser::add(CLI::Option* option, const char* type, const char* variable) {
  option->type_name(type);
  if (variable) {
    option->envname(variable);
    variables_["--" + option->get_lnames().front()] = variable;
  }
  if (option->get_expected_max() <= 1) option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  return option;
}

void RunParser::add_api_options() {
  add(cli_.add_option("--api-base-url", raw_.api_base_url, "Aluvia API, http or https; a prefix"), "URL", "ALUVIA_API_BASE_URL")
      ->capture_default_str()->group("Account");
  add(cli_.add_option("--api-ca", raw_.api_ca, "PEM file with the CA of the API's certificate (default: the system's)"), "FILE", "ALUVIA_API_CA")
      ->group("Account");
  add(cli_.add_option("--poll-interval", raw_.poll_interval, "Milliseconds between two looks at the configuration, 1000 or more"), "MS", "ALUVIA_POLL_INTERVAL")
      ->check(CLI::Range(1000L, 86'400'000L))->capture_default_str()->group("Account");
}

void RunParser::add_local_options() {
  add(cli_.add_option("--port", raw_.port, "Where the proxy listens; 0: a free port"), "PORT", "ALUVIA_PORT")
      ->check(CLI::Range(0, 65535))->capture_default_str()->group("Local proxy");
  add(cli_.add_option("--host", raw_.host, "Loopback address to listen on"), "ADDRESS", "ALUVIA_HOST")
      ->capture_default_str()->group("Local proxy");
  add(cli_.add_option("--rule", raw_.rules, "Local rule on top of the account's; repeatable"), "PATTERN")
      ->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false)->group("Local proxy");
  add(cli_.add_option("--dns-server", raw_.dns_server, "DNS server for direct hosts and the gateway, ADDRESS[:PORT],… (default: resolv.conf's)"), "SERVER", "ALUVIA_DNS_SERVER")
      ->group("Local proxy");
  add(cli_.add_option("--shutdown-grace", raw_.shutdown_grace, "Seconds that open connections get at the end"), "SECONDS")
      ->check(CLI::Range(0.0, 3600.0))->capture_default_str()->group("Local proxy");
}

void RunParser::add_gateway_options() {
  add(cli_.add_option("--gateway-protocol", raw_.gateway_protocol, "How the gateway is spoken to"), "http|https", "ALUVIA_GATEWAY_PROTOCOL")
      ->check(CLI::IsMember({"http", "https"}))->capture_default_str()->group("Gateway");
  add(cli_.add_option("--gateway-host", raw_.gateway_host, "Gateway's host name or address"), "HOST", "ALUVIA_GATEWAY_HOST")
      ->capture_default_str()->group("Gateway");
  add(cli_.add_option("--gateway-port", raw_.gateway_port, "Gateway's port (default: 8080 for http, 8443 for https)"), "PORT", "ALUVIA_GATEWAY_PORT")
      ->check(CLI::Range(1, 65535))->group("Gateway");
  add(cli_.add_option("--gateway-ca", raw_.gateway_ca, "PEM file with the CA of the gateway's certificate (default: the system's)"), "FILE", "ALUVIA_GATEWAY_CA")
      ->group("Gateway");
}

void RunParser::add_output_options() {
  add(cli_.add_option("--output", raw_.output, "What is printed on stdout when the proxy listens"), "text|json")
      ->check(CLI::IsMember({"text", "json"}))->capture_default_str()->group("Output");
  add(cli_.add_option("--log-level", raw_.log_level, "What is logged on stderr"), "silent|info|debug", "ALUVIA_LOG_LEVEL")
      ->check(CLI::IsMember({"silent", "info", "debug"}))->capture_default_str()->group("Output");
  add(cli_.add_option("--log-format", raw_.log_format, "Form of the log lines"), "text|json", "ALUVIA_LOG_FORMAT")
      ->check(CLI::IsMember({"text", "json"}))->capture_default_str()->group("Output");
}

std::vector<std::string> RunParser::arguments_of_environment() const {
  std::vector<std::string> out;
  for (const auto& [flag, variable] : variables_) {
    const char* const value = std::getenv(variable.c_str());
    if (value && *value) out.push_back(fmt::format("{}={}", flag, value));
  }
  return out;
}

std::string RunParser::source_of(const std::string& flag, const std::vector<std::string>& given) const {
  for (const std::string& argument : given) {
    if (argument == flag || argument.starts_with(flag + "=")) return {};
  }
  const auto variable = variables_.find(flag);
  return variable != variables_.end() && std::getenv(variable->second.c_str()) ? variable->second : std::string{};
}

std::optional<std::string> environment(const char* name) {
  const char* const value = std::getenv(name);
  if (!value || !*value) return std::nullopt;
  return value;
}

std::variant<std::string, UsageError> read_token_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return UsageError{fmt::format("--token-file: cannot read {}", path)};
  std::string text(token_file_limit + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return UsageError{fmt::format("--token-file: cannot read {}", path)};
  text.resize(static_cast<std::size_t>(file.gcount()));
  std::string token(ascii::trim(text));
  const bool too_long = text.size() > token_file_limit;
  wipe(text);
  if (too_long) return UsageError{fmt::format("--token-file: {} is too long to hold a token", path)};
  if (token.empty()) return UsageError{fmt::format("--token-file: {} is empty; write the user API token into it", path)};
  return token;
}

// --token, --token-file, ALUVIA_TOKEN, ALV_USER_TOKEN, ALUVIA_TOKEN_FILE, then systemd's credentials. A file named on
// the command line wins over a token in the environment.
std::variant<std::string, UsageError> find_token(RunParser& parser, const std::vector<std::string>& given) {
  const Raw& raw = parser.raw();
  const auto on_command_line = [&given](const std::string& flag) {
    return std::ranges::any_of(given, [&](const std::string& a) { return a == flag || a.starts_with(flag + "="); });
  };
  if (on_command_line("--token")) {
    std::string token(ascii::trim(raw.token));
    if (token.empty()) return UsageError{"--token is empty; it takes a user API token"};
    return token;
  }
  if (on_command_line("--token-file")) return read_token_file(raw.token_file);
  if (auto token = environment("ALUVIA_TOKEN")) return std::string(ascii::trim(*token));
  if (auto token = environment("ALV_USER_TOKEN")) return std::string(ascii::trim(*token));
  if (!raw.token_file.empty()) return read_token_file(raw.token_file);
  if (!raw.token.empty()) return std::string(ascii::trim(raw.token));
  if (const auto folder = environment("CREDENTIALS_DIRECTORY")) {
    const std::string path = *folder + "/aluvia-token";
    if (std::ifstream(path)) return read_token_file(path);
  }
  return std::string{};  // the client says what is missing
}

RunOptions to_options(const Raw& raw, std::string token) {
  RunOptions out;
  out.client.token = Secret(std::move(token));
  out.client.api_base_url = raw.api_base_url;
  out.client.api_ca = raw.api_ca;
  out.client.poll_interval = std::chrono::milliseconds(raw.poll_interval);
  out.client.gateway_protocol =
      raw.gateway_protocol == "https" ? config::GatewayProtocol::https : config::GatewayProtocol::http;
  if (raw.gateway_port != 0) out.client.gateway_port = raw.gateway_port;
  out.client.gateway_host = raw.gateway_host;
  out.client.gateway_ca = raw.gateway_ca;
  out.client.local_host = raw.host == "localhost" ? "127.0.0.1" : raw.host;
  out.client.local_port = raw.port;
  out.client.local_rules = raw.rules;
  out.client.dns_servers = raw.dns_server;
  out.client.shutdown_grace = std::chrono::milliseconds(static_cast<long>(raw.shutdown_grace * 1000));
  out.log_level = raw.log_level == "silent"  ? LogLevel::silent
                  : raw.log_level == "debug" ? LogLevel::debug
                                             : LogLevel::info;
  out.log_format = raw.log_format == "json" ? LogFormat::json : LogFormat::text;
  out.output = raw.output == "json" ? Output::json : Output::text;
  return out;
}

// CLI11's sentence begins with the option; where the value came from the environment, the variable is named too.
UsageError explain(const CLI::ParseError& error, const RunParser& parser, const std::vector<std::string>& given) {
  std::string message = error.what();
  const std::string flag = message.substr(0, message.find_first_of(": "));
  if (const std::string variable = parser.source_of(flag, given); !variable.empty()) {
    message += fmt::format(" (from {})", variable);
  }
  return UsageError{std::move(message)};
}

}  // namespace

std::string run_help() { return RunParser().cli().help(); }

std::variant<RunOptions, Printed, UsageError> read_run_options(std::vector<std::string> arguments) {
  RunParser parser;
  std::vector<std::string> all = parser.arguments_of_environment();
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::ranges::reverse(all);  // CLI11 takes a vector from its end
  try {
    parser.cli().parse(std::move(all));
  } catch (const CLI::CallForHelp&) {
    return Printed{run_help()};
  } catch (const CLI::CallForVersion&) {
    return Printed{"aluvia-connect " ALUVIA_VERSION "\n"};
  } catch (const CLI::ParseError& error) {
    return explain(error, parser, arguments);
  }
  auto token = find_token(parser, arguments);
  if (auto* const error = std::get_if<UsageError>(&token)) return std::move(*error);
  return to_options(parser.raw(), std::move(std::get<std::string>(token)));
}

}  // namespace aluvia::app
