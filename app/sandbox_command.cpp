#include "sandbox_command.hpp"

#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

constexpr int cannot_create = 73;  // sysexits' EX_CANTCREAT

void add_port(CLI::App& sub, const char* name, std::uint16_t& port, const char* what) {
  sub.add_option(name, port, what)->check(CLI::Range(0, 65535))->type_name("PORT")->capture_default_str();
}

// Only a path and a token can hold characters that JSON escapes.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out += fmt::format("\\u{:04x}", byte);
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string json_line(const sandbox::Sandbox& box) {
  const sandbox::Ports& ports = box.ports();
  return fmt::format(
      "{{\"token\":{},\"api\":\"{}\",\"api_tls\":\"{}\",\"gateway_host\":\"127.0.0.1\",\"gateway_port\":{},"
      "\"gateway_tls_port\":{},\"origin_port\":{},\"origin_tls_port\":{},\"dns_server\":\"127.0.0.1:{}\","
      "\"ca_file\":{},\"pid\":{}}}\n",
      quoted(box.token()), box.api_url(), box.api_tls_url(), ports.gateway, ports.gateway_tls, ports.origin,
      ports.origin_tls, ports.dns, quoted(box.ca_file().string()), ::getpid());
}

std::string readable_text(const sandbox::Sandbox& box) {
  const sandbox::Ports& ports = box.ports();
  const std::string ca = box.ca_file().string();
  return fmt::format(
      "Aluvia sandbox: an emulated API, gateway, web site and DNS server on this machine. Ctrl-C ends it.\n\n"
      "  token     {}\n"
      "  API       {}   {}\n"
      "  gateway   127.0.0.1:{}   over TLS 127.0.0.1:{}\n"
      "  web site  http://any.example:{}/   https://any.example:{}/\n"
      "  DNS       127.0.0.1:{}\n"
      "  CA        {}\n\n"
      "Start the proxy with:\n\n"
      "  aluvia-connect run --token {} --api-base-url {} --gateway-host 127.0.0.1 --gateway-port {} "
      "--dns-server 127.0.0.1:{}\n\n"
      "and with everything over TLS:\n\n"
      "  aluvia-connect run --token {} --api-base-url {} --api-ca {} --gateway-host 127.0.0.1 "
      "--gateway-protocol https --gateway-port {} --gateway-ca {} --dns-server 127.0.0.1:{}\n\n"
      "Change the rules while it runs:\n\n"
      "  curl -X PUT {}/sandbox/user -d '{{\"rules\":[\"*.example.com\"]}}'\n",
      box.token(), box.api_url(), box.api_tls_url(), ports.gateway, ports.gateway_tls, ports.origin,
      ports.origin_tls, ports.dns, ca, box.token(), box.api_url(), ports.gateway, ports.dns, box.token(),
      box.api_tls_url(), ca, ports.gateway_tls, ca, ports.dns, box.api_url());
}

sigset_t end_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

CLI::App* add_sandbox_command(CLI::App& cli, SandboxCommand& command) {
  CLI::App* sub =
      cli.add_subcommand("sandbox", "Run an emulated Aluvia on loopback: for trying out and for tests");
  sandbox::SandboxOptions& options = command.options;
  sub->add_option("--token", options.token, "Token that the API accepts (default: made at start)");
  sub->add_option("--rule", options.rules, "Hostname rule of the emulated account; repeatable")
      ->type_name("PATTERN")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  add_port(*sub, "--api-port", options.ports.api, "API over HTTP; 0: a free port");
  add_port(*sub, "--api-tls-port", options.ports.api_tls, "API over HTTPS");
  add_port(*sub, "--gateway-port", options.ports.gateway, "Gateway over plain TCP");
  add_port(*sub, "--gateway-tls-port", options.ports.gateway_tls, "Gateway over TLS");
  add_port(*sub, "--origin-port", options.ports.origin, "Built-in web site over HTTP");
  add_port(*sub, "--origin-tls-port", options.ports.origin_tls, "Built-in web site over HTTPS");
  add_port(*sub, "--dns-port", options.ports.dns, "DNS server, UDP and TCP");
  sub->add_flag("--online", options.online, "The gateway resolves host names for real");
  sub->add_option("--ca-file", options.ca_file, "Where the sandbox's CA certificate is written (PEM)")
      ->type_name("PATH");
  sub->add_flag("--json", command.json, "Print one line of JSON");
  return sub;
}

int run_sandbox_command(const SandboxCommand& command) {
  const sigset_t signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  sandbox::Sandbox box(command.options);
  if (const auto started = box.start(); !started) {
    fmt::print(stderr, "aluvia-connect: {}\n", started.error());
    return cannot_create;
  }
  fmt::print("{}", command.json ? json_line(box) : readable_text(box));
  std::fflush(stdout);
  int received = 0;
  sigwait(&signals, &received);
  return 0;
}

}  // namespace aluvia::app
