#include "steer_line.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace aluvia::app {
namespace {

constexpr const char* closing =
    "Without --port: the proxy of ALUVIA_PROXY_URL (which exec sets) or ALUVIA_PORT, else the only one that\n"
    "runs.\n"
    "\n"
    "Exit status:\n"
    "  0   done\n"
    "  64  bad usage, a value that is refused, or several proxies and no --port\n"
    "  69  no proxy answers, it is not ready, or the API cannot be reached or refuses for now\n"
    "  76  the API's answer makes no sense\n"
    "  77  the API refuses the token, or the proxy is another user's";

// Apart by hand, because a rule may begin with a dash and the library would take it for options.
void take_apart(const std::vector<std::string>& arguments, std::vector<std::string>& options,
                std::vector<std::string>& words) {
  bool only_words = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& one = arguments[i];
    if (only_words || (!one.starts_with("--") && one != "-h")) {
      words.push_back(one);
    } else if (one == "--") {
      only_words = true;
    } else {
      options.push_back(one);
      const bool takes_next = one == "--port" || one == "--timeout" || one == "--shell";
      if (takes_next && i + 1 < arguments.size()) options.push_back(arguments[++i]);
    }
  }
}

}  // namespace

std::variant<SteerLine, Printed, UsageError> read_steer_line(const SteerShape& shape,
                                                             const std::vector<std::string>& arguments) {
  SteerLine out;
  out.name = shape.name;
  out.timeout = shape.timeout;
  std::uint16_t port = 0;
  CLI::App cli(std::string(shape.about),
               fmt::format("aluvia-connect {}{}{}", shape.name, shape.words.empty() ? "" : " ", shape.words));
  cli.add_option("--port", port, "Port of the proxy that is meant.")
      ->type_name("PORT")
      ->check(CLI::Range(1, 65535).description(""));
  if (shape.name != "healthcheck") cli.add_flag("--json", out.json, "JSON instead of text for people.");
  if (shape.local)
    cli.add_flag("--local", out.local, "Rules of this proxy only; the account stays as it is.");
  if (shape.clear) cli.add_flag("--clear", out.clear, "Take the geo away.");
  if (shape.shell) {
    cli.add_option("--shell", out.shell,
                   "sh, bash, zsh, dash, ksh, fish, csh, tcsh or powershell (default: that of SHELL).")
        ->type_name("NAME");
  }
  if (shape.timeout > 0) {
    cli.add_option("--timeout", out.timeout, fmt::format("Seconds to wait (default: {}).", shape.timeout))
        ->type_name("SECONDS")
        ->check(CLI::Range(0, 86400).description(""));
  }
  if (shape.probes) {
    auto* const live = cli.add_flag("--live", out.live, "Does it answer at all? Instead of: is it ready?");
    cli.add_flag("--started", out.started, "Has it had a configuration? Instead of: is it ready?")
        ->excludes(live);
  }
  dress(cli);
  cli.footer(closing);
  std::vector<std::string> options;
  take_apart(arguments, options, out.words);
  auto parsed = parse(cli, options);
  if (auto* const text = std::get_if<Printed>(&parsed)) return std::move(*text);
  if (auto* const error = std::get_if<UsageError>(&parsed)) return std::move(*error);
  if (shape.words.empty() && !out.words.empty())
    return UsageError{fmt::format("{} takes no words", shape.name)};
  if (port != 0) out.port = port;
  return out;
}

}  // namespace aluvia::app
