#include "sandbox_command.hpp"

#include "base/json_writer.hpp"
#include "command_line.hpp"
#include "proxy_settings.hpp"
#include "sandbox/sandbox.hpp"
#include "secret_arguments.hpp"
#include "standard_streams.hpp"
#include "suggestion.hpp"
#include "wrapped_text.hpp"

#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

struct SandboxCli {
  SandboxCli();
  void add_port(const char* flag, std::uint16_t& port, const char* what);

  sandbox::SandboxOptions options;
  bool json = false;  // one JSON line instead of text for people
  CLI::App app{
      "Run an emulated Aluvia on this machine: API, gateway, a web site and a DNS\n"
      "server, with no account and no network. For trying out and for tests. Ends with\n"
      "SIGINT or SIGTERM.",
      "aluvia-connect sandbox"};
};

void SandboxCli::add_port(const char* flag, std::uint16_t& port, const char* what) {
  app.add_option(flag, port, fmt::format("Port of the {} (default: 0, which is a free one).", what))
      ->check(CLI::Range(0, 65535).description(""))
      ->type_name("PORT")
      ->group("Ports");
}

SandboxCli::SandboxCli() {
  app.add_option("--token", options.token, "Token that the API accepts (default: made at start).")
      ->type_name("TOKEN")
      ->group("Account");
  app.add_option(
         "--rule", options.rules,
         "Hostname rule of the emulated account; repeatable (default: example.com and *.example.com).")
      ->type_name("PATTERN")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false)
      ->group("Account");
  add_port("--api-port", options.ports.api, "API over HTTP");
  add_port("--api-tls-port", options.ports.api_tls, "API over HTTPS");
  add_port("--gateway-port", options.ports.gateway, "gateway over plain TCP");
  add_port("--gateway-tls-port", options.ports.gateway_tls, "gateway over TLS");
  add_port("--origin-port", options.ports.origin, "built-in web site over HTTP");
  add_port("--origin-tls-port", options.ports.origin_tls, "built-in web site over HTTPS");
  add_port("--dns-port", options.ports.dns, "DNS server, UDP and TCP");
  app.add_flag("--online", options.online, "The gateway resolves host names for real.")->group("Other");
  app.add_option(
         "--ca-file", options.ca_file,
         "Where the CA certificate is written, PEM (default: a temporary folder, removed at the end).")
      ->type_name("FILE")
      ->group("Other");
  app.add_flag("--json", json, "Print one line of JSON.")->group("Other");
  configure(app, "sandbox");
  app.footer(exit_help("sandbox"));
}

using Options = std::vector<std::string>;

// Adds options of `run` besides those of API and gateway. In the sandbox every name resolves to loopback,
// which the proxy rejects by default.
void add_common(Options& options, const sandbox::Sandbox& box) {
  options.insert(options.end(),
                 {"--dns-server", fmt::format("127.0.0.1:{}", box.ports().dns), "--allow-loopback-names"});
}

Options plain_options(const sandbox::Sandbox& box) {
  Options out{"--token",        box.token(), "--api-base-url", box.api_url(),
              "--gateway-host", "127.0.0.1", "--gateway-port", std::to_string(box.ports().gateway)};
  add_common(out, box);
  return out;
}

Options tls_options(const sandbox::Sandbox& box) {
  const std::string ca = box.ca_file().string();
  Options out{"--token",
              box.token(),
              "--api-base-url",
              box.api_tls_url(),
              "--api-ca",
              ca,
              "--gateway-host",
              "127.0.0.1",
              "--gateway-protocol",
              "https",
              "--gateway-port",
              std::to_string(box.ports().gateway_tls),
              "--gateway-ca",
              ca};
  add_common(out, box);
  return out;
}

std::string json_line(const sandbox::Sandbox& box) {
  const sandbox::Ports& ports = box.ports();
  JsonWriter out;
  out.begin_object();
  out.text("token", box.token());
  out.text("api", box.api_url());
  out.text("api_tls", box.api_tls_url());
  out.text("gateway_host", "127.0.0.1");
  out.number("gateway_port", ports.gateway);
  out.number("gateway_tls_port", ports.gateway_tls);
  out.number("origin_port", ports.origin);
  out.number("origin_tls_port", ports.origin_tls);
  out.text("dns_server", fmt::format("127.0.0.1:{}", ports.dns));
  out.text("ca_file", box.ca_file().string());
  out.number("pid", static_cast<std::uint64_t>(::getpid()));
  out.texts("run_options", plain_options(box));
  out.end_object();
  return std::string(out.take_line().view());
}

// Each option of `run` has a value, beside which it stays.
std::string run_line(const Options& options, std::optional<std::size_t> width) {
  std::vector<std::string> words{"aluvia-connect run", "--port 54321"};
  for (const std::string& one : options) {
    if (one.starts_with("--")) {
      words.push_back(one);
    } else {
      words.back() += ' ' + shell_word(one);
    }
  }
  return wrapped_command(words, 2, width);
}

std::string readable_text(const sandbox::Sandbox& box, std::optional<std::size_t> width) {
  const sandbox::Ports& ports = box.ports();
  const std::string ca = shell_word(box.ca_file().string());
  return fmt::format(
      "Aluvia sandbox: an emulated API, gateway, web site and DNS server.\n"
      "Ctrl-C ends it.\n\n"
      "  token     {}\n"
      "  API       {}   {}\n"
      "  gateway   127.0.0.1:{}   over TLS 127.0.0.1:{}\n"
      "  web site  http://any.example:{}/   https://any.example:{}/\n"
      "  DNS       127.0.0.1:{}\n"
      "  CA        {}\n\n"
      "Start the proxy with:\n\n"
      "  {}\n\n"
      "or with everything over TLS:\n\n"
      "  {}\n\n"
      "Send a request through the gateway, and one directly:\n\n"
      "  {}\n"
      "  curl -x http://127.0.0.1:54321 https://example.com/\n"
      "  curl -x http://127.0.0.1:54321 https://any.example:{}/\n\n"
      "Change the rules while it runs:\n\n"
      "  {}\n",
      box.token(), box.api_url(), box.api_tls_url(), ports.gateway, ports.gateway_tls, ports.origin,
      ports.origin_tls, ports.dns, box.ca_file().string(), run_line(plain_options(box), width),
      run_line(tls_options(box), width),
      wrapped_command({"export", "CURL_CA_BUNDLE=" + ca, "NODE_EXTRA_CA_CERTS=" + ca}, 2, width),
      ports.origin_tls,
      wrapped_command({"curl -X PUT", box.api_url() + "/sandbox/user", R"(-d '{"rules":["*.example.com"]}')"},
                      2, width));
}

sigset_t end_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

ExitStatus serve(const SandboxCli& cli) {
  const sigset_t signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  sandbox::Sandbox box(cli.options);
  if (const auto started = box.start(); !started) return complain(cannot_listen, started.error());
  const auto printed = print(cli.json ? json_line(box) : readable_text(box, text_width(STDOUT_FILENO)));
  if (printed != success) return printed;
  int received = 0;
  sigwait(&signals, &received);
  return success;
}

}  // namespace

std::vector<OptionText> sandbox_option_texts() {
  return option_texts(SandboxCli().app);
}

std::vector<std::string> default_rules() {
  return {"example.com", "*.example.com"};
}

int sandbox_command(const std::vector<std::string>& arguments) {
  SandboxCli cli;
  const auto parsed = parse(cli.app, arguments);
  if (const auto* const text = std::get_if<Printed>(&parsed)) return print_help(text->text);
  if (const auto* const error = std::get_if<UsageError>(&parsed)) {
    return complain(bad_usage, with_help(error->message, "sandbox"));
  }
  cli.options.token = secret_of(cli.options.token).reveal();
  if (cli.options.rules.empty()) cli.options.rules = default_rules();
  return serve(cli);
}

}  // namespace aluvia::app
