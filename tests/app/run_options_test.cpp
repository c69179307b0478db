// Tests every option of `run` from its flag, the environment, the configuration file and its default.
#include "fixture.hpp"

#include <array>
#include <functional>

using namespace aluvia;
using namespace aluvia::app;
using namespace aluvia::app::test;
using Catch::Contains;
using Catch::StartsWith;

namespace {

using Seen = std::function<std::string(const RunOptions&)>;

struct Case {
  std::string name;       // of the option, without dashes
  std::string variable;   // empty: none
  std::string values[3];  // for the flag, the environment, the file
  std::string fallback;
  Seen seen;
};

std::string protocol(const RunOptions& o) {
  return o.client.gateway_protocol == config::GatewayProtocol::https ? "https" : "http";
}
std::string gateway_port(const RunOptions& o) {
  return o.client.gateway_port ? std::to_string(*o.client.gateway_port) : "none";
}
std::string early_connect(const RunOptions& o) {
  constexpr std::array modes{"off", "known", "always"};
  return modes.at(static_cast<std::size_t>(o.client.early_connect));
}
std::string level(const RunOptions& o) {
  return std::to_string(static_cast<int>(o.log_level));
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"port",
       "ALUVIA_PORT",
       {"1", "65535", "0"},
       "0",
       [](auto& o) { return std::to_string(o.client.local_port); }},
      {"host",
       "ALUVIA_HOST",
       {"127.0.0.2", "::1", "localhost"},
       "127.0.0.1",
       [](auto& o) { return o.client.local_host; }},
      {"gateway-protocol", "ALUVIA_GATEWAY_PROTOCOL", {"https", "http", "https"}, "http", protocol},
      {"gateway-port", "ALUVIA_GATEWAY_PORT", {"1", "65535", "3"}, "none", gateway_port},
      {"gateway-host",
       "ALUVIA_GATEWAY_HOST",
       {"a", "b", "c"},
       "gateway.aluvia.io",
       [](auto& o) { return o.client.gateway_host; }},
      {"gateway-ca", "ALUVIA_GATEWAY_CA", {"a", "b", "c"}, "", [](auto& o) { return o.client.gateway_ca; }},
      {"gateway-warm",
       "ALUVIA_GATEWAY_WARM",
       {"0", "64", "1"},
       "4",
       [](auto& o) { return std::to_string(o.client.gateway_warm); }},
      {"early-connect", "ALUVIA_EARLY_CONNECT", {"off", "known", "always"}, "known", early_connect},
      {"api-base-url",
       "ALUVIA_API_BASE_URL",
       {"http://a", "http://b", "http://c"},
       "https://api.aluvia.io",
       [](auto& o) { return o.client.api_base_url; }},
      {"api-ca", "ALUVIA_API_CA", {"a", "b", "c"}, "", [](auto& o) { return o.client.api_ca; }},
      {"connection-id",
       "ALUVIA_CONNECTION_ID",
       {"1", "18446744073709551615", "3"},
       "",
       [](auto& o) { return o.client.connection_id; }},
      {"wait-for-api",
       "",
       {"7", "", "86400"},
       "0",
       [](auto& o) { return std::to_string(o.client.wait_for_api.count()); }},
      {"state-dir", "ALUVIA_STATE_DIR", {"a", "b", "c"}, "", [](auto& o) { return o.client.state_dir; }},
      {"price",
       "",
       {"0.0001", "", "10000"},
       "",
       [](auto& o) { return o.client.price ? fmt::format("{}", *o.client.price) : ""; }},
      {"config-cache", "", {"a", "", "c"}, "", [](auto& o) { return o.client.config_cache; }},
      {"poll-interval",
       "ALUVIA_POLL_INTERVAL",
       {"1000", "2000", "86400000"},
       "5000",
       [](auto& o) { return std::to_string(o.client.poll_interval.count()); }},
      {"dns-server",
       "ALUVIA_DNS_SERVER",
       {"1.1.1.1", "2.2.2.2", "3.3.3.3"},
       "",
       [](auto& o) { return o.client.dns_servers; }},
      {"log-level", "ALUVIA_LOG_LEVEL", {"silent", "debug", "silent"}, "3", [](auto& o) { return level(o); }},
      {"log-format",
       "ALUVIA_LOG_FORMAT",
       {"json", "text", "json"},
       "text",
       [](auto& o) { return o.log_format == LogFormat::json ? "json" : "text"; }},
      {"output",
       "",
       {"json", "", "json"},
       "text",
       [](auto& o) { return o.output == Output::json ? "json" : "text"; }},
      {"shutdown-grace",
       "",
       {"0", "", "3600"},
       "5000",
       [](auto& o) { return std::to_string(o.client.shutdown_grace.count()); }},
      {"drain",
       "ALUVIA_DRAIN",
       {"0", "never", "3600"},
       "2000",
       [](auto& o) { return o.client.drain ? std::to_string(o.client.drain->count()) : "never"; }},
      {"proxy-auth",
       "ALUVIA_PROXY_AUTH",
       {"a:b", "c:d:e", "e:f"},
       "",
       [](auto& o) { return std::string(o.client.proxy_auth.reveal()); }},
      {"allow-from",
       "ALUVIA_ALLOW_FROM",
       {"10.0.0.0/8", "::1", "192.168.0.0/16"},
       "",
       [](auto& o) { return o.client.allow_from.empty() ? "" : o.client.allow_from.at(0); }},
      {"rule",
       "",
       {"-a.b", "", "c.d"},
       "",
       [](auto& o) { return o.client.local_rules.empty() ? "" : o.client.local_rules.at(0); }},
  };
  return all;
}

// As `seen` shows it.
std::string shown(const Case& one, const std::string& value) {
  if (one.name == "log-level") return value == "silent" ? "0" : value == "info" ? "3" : "4";
  if (one.name == "drain" && value == "never") return value;
  const bool is_seconds = one.name == "shutdown-grace" || one.name == "wait-for-api" || one.name == "drain";
  if (is_seconds) return value + (value == "0" ? "" : "000");
  return value;
}

}  // namespace

TEST_CASE("Every option comes from the flag, else the environment, else the file, else it is the default") {
  Environment environment;
  const Folder folder;
  for (const Case& one : cases()) {
    CAPTURE(one.name);
    CHECK(one.seen(options()) == one.fallback);
    const auto file = folder.file("config", one.name + " = " + one.values[2] + "\n");
    CHECK(one.seen(options({"--config", file})) == shown(one, one.values[2]));
    if (!one.variable.empty()) {
      environment.set(one.variable, one.values[1]);
      CHECK(one.seen(options({"--config", file})) == shown(one, one.values[1]));
      environment.set(one.variable, "");
      CHECK(one.seen(options({"--config", file})) == shown(one, one.values[2]));
      environment.set(one.variable, one.values[1]);
    }
    const auto flag = "--" + one.name;
    CHECK(one.seen(options({"--config", file, flag, one.values[0]})) == shown(one, one.values[0]));
    CHECK(one.seen(options({flag + "=" + one.values[0]})) == shown(one, one.values[0]));
    if (!one.variable.empty()) ::unsetenv(one.variable.c_str());
  }
}

TEST_CASE("The error about a bad value names its source and the accepted values") {
  Environment environment;
  const Folder folder;
  struct Bad {
    const char* name;
    const char* variable;
    const char* value;
    const char* takes;
  };
  for (const Bad& bad : {Bad{"port", "ALUVIA_PORT", "65536", "65535"},
                         {"port", "ALUVIA_PORT", "80a", "65535"},
                         {"port", "ALUVIA_PORT", "-1", "65535"},
                         {"port", "ALUVIA_PORT", " 80", "65535"},
                         {"port", "ALUVIA_PORT", "0x50", "65535"},
                         {"port", "ALUVIA_PORT", "99999999999999999999", "65535"},
                         {"gateway-port", "ALUVIA_GATEWAY_PORT", "0", "1 to 65535"},
                         {"gateway-warm", "ALUVIA_GATEWAY_WARM", "65", "0 to 64"},
                         {"gateway-warm", "ALUVIA_GATEWAY_WARM", "-1", "0 to 64"},
                         {"gateway-protocol", "ALUVIA_GATEWAY_PROTOCOL", "socks5", "http or https"},
                         {"connection-id", "ALUVIA_CONNECTION_ID", "4x", "number"},
                         {"connection-id", "ALUVIA_CONNECTION_ID", "18446744073709551616", "number"},
                         {"poll-interval", "ALUVIA_POLL_INTERVAL", "999", "1s"},
                         {"poll-interval", "ALUVIA_POLL_INTERVAL", "86400001", "24h"},
                         {"log-level", "ALUVIA_LOG_LEVEL", "loud", "silent, error, warn, info or debug"},
                         {"log-format", "ALUVIA_LOG_FORMAT", "xml", "text or json"},
                         {"output", "", "xml", "text or json"},
                         {"drain", "ALUVIA_DRAIN", "-1", "never"},
                         {"drain", "ALUVIA_DRAIN", "3601", "never"},
                         {"drain", "ALUVIA_DRAIN", "Never", "never"},
                         {"shutdown-grace", "", "-1", "0s to 1h"},
                         {"shutdown-grace", "", "nan", "0s to 1h"},
                         {"shutdown-grace", "", "inf", "0s to 1h"},
                         {"shutdown-grace", "", "3601", "0s to 1h"}}) {
    CAPTURE(bad.name, bad.value);
    const std::string flag = std::string("--") + bad.name;
    CHECK_THAT(complaint({flag, bad.value}),
               StartsWith("cannot use " + flag + " '" + bad.value + "': it takes ") && Contains(bad.takes));
    const auto file = folder.file("config", std::string(bad.name) + " = \"" + bad.value + "\"\n");
    CHECK_THAT(
        complaint({"--config", file}),
        StartsWith(fmt::format("cannot use {} of {}:1: it takes ", bad.name, file)) && Contains(bad.takes));
    if (!*bad.variable) continue;
    environment.set(bad.variable, bad.value);
    CHECK_THAT(complaint(),
               StartsWith(fmt::format("cannot use {} '{}': it takes ", bad.variable, bad.value)) &&
                   Contains(bad.takes));
    ::unsetenv(bad.variable);
  }
}

TEST_CASE("A bad value that is not used does not matter") {
  Environment environment;
  const Folder folder;
  environment.set("ALUVIA_PORT", "nonsense");
  CHECK(options({"--port", "7"}).client.local_port == 7);
  environment.set("ALUVIA_PORT", "8");
  CHECK(options({"--config", folder.file("config", "port = nonsense\n")}).client.local_port == 8);
}

TEST_CASE("An error of the library names where the value came from, too") {
  Environment environment;
  environment.set("ALUVIA_HOST", "0.0.0.0");
  const agent::InvalidOptionError error(OptionId::host, "it is bad");
  CHECK(error_text(options(), error) == "cannot use ALUVIA_HOST: it is bad");
  CHECK(error_text(options({"--host", "::"}), error) == "cannot use --host: it is bad");
  CHECK(name_of(options(), OptionId::port) == "--port");
}

TEST_CASE("Every option has a row, in its group, and only the C++ interface has more") {
  CHECK(option_table().size() == option_names.size() - 1);
  for (const std::string_view name : option_names) {
    CAPTURE(name);
    CHECK((find_option(name) != nullptr) == (name != option_name(OptionId::listening_socket)));
  }
  for (const OptionRow& row : option_table()) {
    CAPTURE(row.flag());
    CHECK(&option_row(row.id) == &row);
    CHECK_FALSE(row.help.empty());
    CHECK_FALSE(row.help.ends_with('.'));
    CHECK_FALSE(row.fallback().empty());
    CHECK_FALSE(row.range().empty());
  }
}

TEST_CASE("A switch needs no value, and takes yes or no from everywhere") {
  struct Switch {
    std::string name;
    std::string variable;
    bool (*seen)(const RunOptions&);
  };
  Environment environment;
  const Folder folder;
  for (const Switch& one :
       {Switch{"allow-metadata", "ALUVIA_ALLOW_METADATA",
               [](const RunOptions& o) { return o.client.allow_metadata; }},
        Switch{"deny-private", "ALUVIA_DENY_PRIVATE",
               [](const RunOptions& o) { return o.client.deny_private; }},
        Switch{"allow-loopback-names", "ALUVIA_ALLOW_LOOPBACK_NAMES",
               [](const RunOptions& o) { return o.client.allow_loopback_names; }},
        Switch{"core-dumps", "ALUVIA_CORE_DUMPS", [](const RunOptions& o) { return o.core_dumps; }}}) {
    CAPTURE(one.name);
    const auto flag = "--" + one.name;
    CHECK_FALSE(one.seen(options()));
    CHECK(one.seen(options({flag})));
    CHECK(one.seen(options({flag, "--port", "1"})));
    CHECK(one.seen(options({flag + "=yes"})));
    CHECK_FALSE(one.seen(options({flag + "=no"})));
    CHECK_THAT(complaint({flag + "=maybe"}),
               StartsWith("cannot use " + flag + " 'maybe': it takes yes or no"));
    CHECK(complaint({flag, "yes"}) != "accepted");
    environment.set(one.variable, "1");
    CHECK(one.seen(options()));
    CHECK_FALSE(one.seen(options({flag + "=false"})));
    environment.set(one.variable, "perhaps");
    CHECK(complaint() == "cannot use " + one.variable + " 'perhaps': it takes yes or no");
    ::unsetenv(one.variable.c_str());
    CHECK(one.seen(options({"--config", folder.file("config", one.name + " = true\n")})));
    CHECK_FALSE(one.seen(options({"--config", folder.file("config", one.name + " = false\n")})));
    CHECK_THAT(run_help(), Contains(flag) && Contains(one.variable));
  }
}

TEST_CASE("Networks add up, from repeated flags, from lists and from the file") {
  Environment environment;
  const Folder folder;
  const std::vector<std::string> both{"10.0.0.0/8", "fd00::/8"};
  CHECK(options({"--allow-from", "10.0.0.0/8", "--allow-from=fd00::/8"}).client.allow_from == both);
  CHECK(options({"--allow-from", "10.0.0.0/8, fd00::/8"}).client.allow_from == both);
  CHECK(options({"--config", folder.file("config", "allow-from = [\"10.0.0.0/8\", \"fd00::/8\"]\n")})
            .client.allow_from == both);
  environment.set("ALUVIA_ALLOW_FROM", "10.0.0.0/8,fd00::/8");
  CHECK(options().client.allow_from == both);
}

TEST_CASE("The error about a bad --proxy-auth does not repeat the value") {
  Environment environment;
  CHECK_THAT(complaint({"--proxy-auth", "hunter2"}),
             StartsWith("cannot use --proxy-auth: it takes USER:PASSWORD") && !Contains("hunter2"));
  environment.set("ALUVIA_PROXY_AUTH", ":hunter2");
  CHECK_THAT(complaint(), StartsWith("cannot use ALUVIA_PROXY_AUTH: it takes ") && !Contains("hunter2"));
}

TEST_CASE("An option with an empty value is rejected") {
  const Environment environment;
  for (const Case& one : cases()) {
    if (one.name == "rule") continue;  // the client says what is wrong with a rule
    const auto flag = "--" + one.name;
    const auto error = "cannot use " + flag + (one.name == "proxy-auth" ? "" : " ''") + ": it takes ";
    CHECK_THAT(complaint({flag + "="}), StartsWith(error));
    CHECK_THAT(complaint({flag + "=", "--rule", "1"}), StartsWith(error));
    CHECK_THAT(complaint({flag, ""}), StartsWith(error));
    CHECK_THAT(complaint({flag}), StartsWith(flag + " needs a value"));
  }
}

TEST_CASE("The last of several values counts, and rules add up, also those with a dash") {
  const Environment environment;
  CHECK(options({"--port", "1", "--port=2"}).client.local_port == 2);
  const auto rules = options({"--rule", "*", "--rule", "-a.example", "--rule=-*.b.example", "--port", "1"});
  CHECK(rules.client.local_rules == std::vector<std::string>{"*", "-a.example", "-*.b.example"});
}

TEST_CASE("An unknown option is named, without the value that was given to it") {
  const Environment environment;
  CHECK_THAT(complaint({"--tokn=hunter2"}), Contains("--tokn") && !Contains("hunter2"));
  CHECK_THAT(complaint({"--tokn", "hunter2"}), Contains("--tokn") && !Contains("hunter2"));
  CHECK_THAT(complaint({"-x"}), Contains("-x"));
  CHECK_THAT(complaint({"--no\nline"}), !Contains("\n"));
  CHECK_THAT(complaint({"--po", "1"}), Contains("unknown option --po"));
}

TEST_CASE("An unexpected argument is rejected and not repeated") {
  const Environment environment;
  for (const Arguments& arguments :
       {Arguments{"hunter2"}, {"--port", "1", "hunter2"}, {"--", "hunter2"}, {"--token=", "hunter2"}, {""}}) {
    const auto told = complaint(arguments);
    CHECK(told != "accepted");
    CHECK_THAT(told, !Contains("hunter2"));
  }
}

TEST_CASE("Help and version are answered whatever else is wrong") {
  const Environment environment;
  for (const Arguments& arguments : {Arguments{"--help"}, {"-h"}, {"--port", "x", "--help"}}) {
    const auto read = read_run_options(arguments);
    REQUIRE(std::holds_alternative<Printed>(read));
    CHECK(std::get<Printed>(read).text == run_help());
  }
  const auto version = read_run_options({"--version"});
  REQUIRE(std::holds_alternative<Printed>(version));
  CHECK(std::get<Printed>(version).text == version_line());
}

TEST_CASE("Help tells every option, variable and exit status within 80 columns") {
  const auto help = run_help();
  for (const Case& one : cases()) CHECK_THAT(help, Contains("--" + one.name + " ") && Contains(one.variable));
  for (const char* const word :
       {"--token TOKEN", "--token-file FILE", "ALUVIA_TOKEN", "ALV_USER_TOKEN", "--config FILE", "  64  ",
        "  69  ", "  73  ", "  74  ", "  76  ", "  77  "}) {
    CHECK_THAT(help, Contains(word));
  }
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(line.size() <= 80);
    CHECK((line.empty() || line.back() != ' '));
  }
  CHECK_THAT(help, !Contains("\n\n\n"));
}
