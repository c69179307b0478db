#include "control_line.hpp"

#include "base/quantity.hpp"
#include "exit_status.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace aluvia::app {
namespace {

constexpr const char* choice_of_proxy =
    "Without --port: the proxy of ALUVIA_PROXY_URL (which exec sets) or ALUVIA_PORT,\n"
    "else the only one that runs.\n"
    "\n";

std::chrono::milliseconds parse_timeout(std::string_view text) {
  using std::chrono::milliseconds;
  static constexpr milliseconds most = std::chrono::hours(24);
  const auto time = parse_duration(text, std::chrono::seconds(1));
  if (time && *time >= 0 && *time <= static_cast<double>(most.count()))
    return milliseconds(std::llround(*time));
  throw CLI::ValidationError(
      "cannot use --timeout: it takes a time from 0s to 24h, with the unit ms, s, m or h, or in seconds");
}

constexpr auto with_value =
    std::to_array<std::string_view>({"--port", "--timeout", "--shell", "--status", "--reason", "--color",
                                     "--by", "--since", "--price", "--state-dir", "--host", "--route"});

// Separates options and words without CLI11, which would read a rule that begins with a dash as options.
void split_arguments(const std::vector<std::string>& arguments, std::vector<std::string>& options,
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
      const bool takes_next = std::ranges::find(with_value, one) != with_value.end();
      if (takes_next && i + 1 < arguments.size()) options.push_back(arguments[++i]);
    }
  }
}

struct ControlCli {
  explicit ControlCli(const ControlSyntax& shape);
  void add_options(const ControlSyntax& shape);
  void add_usage_options();
  void add_log_options();

  ControlLine line;
  std::uint16_t port = 0;
  CLI::App app;
};

ControlCli::ControlCli(const ControlSyntax& shape)
    : app(std::string(shape.about),
          fmt::format("aluvia-connect {}{}{}", shape.name, shape.words.empty() ? "" : " ", shape.words)) {
  line.name = shape.name;
  line.timeout = std::chrono::seconds(shape.timeout);
  add_options(shape);
  configure(app, shape.name);
  app.footer((shape.is_about_all ? "" : choice_of_proxy) + exit_help(shape.name));
}

void ControlCli::add_options(const ControlSyntax& shape) {
  if (!shape.is_about_all)
    app.add_option("--port", port, "Port of the proxy that is meant.")
        ->type_name("PORT")
        ->check(CLI::Range(1, 65535).description(""));
  if (shape.name != "healthcheck" && shape.name != "top" && shape.name != "mcp")
    app.add_flag("--json", line.json, "JSON instead of text for people.");
  if (shape.local)
    app.add_flag("--local", line.local, "Rules of this proxy only; the account stays as it is.");
  if (shape.all) app.add_flag("--all", line.all, "With forget: every host that AUTO has learned.");
  if (shape.clear)
    app.add_flag("--clear", line.clear,
                 shape.name == "geo" ? "Take the geo away." : "Take the session id away.");
  if (shape.shell) {
    app.add_option("--shell", line.shell, "Whose language the lines are in (default: that of SHELL).")
        ->type_name("sh|bash|zsh|dash|ksh|fish|csh|tcsh|powershell");
  }
  if (shape.timeout > 0) {
    app.add_option_function<std::string>(
           "--timeout", [this](const std::string& text) { line.timeout = parse_timeout(text); },
           fmt::format("Time to wait (0s to 24h; default: {}s).", shape.timeout))
        ->type_name("SECONDS");
  }
  if (shape.probes) {
    auto* const live = app.add_flag("--live", line.live, "Does it answer at all? Instead of: is it ready?");
    app.add_flag("--started", line.started, "Has it had a configuration? Instead of: is it ready?")
        ->excludes(live);
  }
  if (shape.report) {
    app.add_option("--status", line.status, "HTTP status of the response.")
        ->type_name("STATUS")
        ->check(CLI::Range(100, 599).description(""));
    app.add_option("--reason", line.reason, "What the page showed, in a few words.")->type_name("TEXT");
  }
  if (shape.usage) add_usage_options();
  if (shape.watch) app.add_flag("--watch", line.watch, "Show them again every second, until q.");
  if (shape.log) add_log_options();
  if (shape.read_only)
    app.add_flag("--read-only", line.read_only, "Leave out all tools that change something.");
}

void ControlCli::add_usage_options() {
  app.add_option("--since", line.usage.since, "Traffic of this time until now, such as 90m, 24h or 7d.")
      ->type_name("TIME");
  app.add_option("--by", line.usage.by, "What makes a row (default: host).")
      ->type_name("host|rule|route|day");
  app.add_flag("--csv", line.usage.csv, "CSV with a header instead of text for people.");
  app.add_option("--price", line.usage.price, "Price of one GB through the gateway; adds the costs.")
      ->type_name("AMOUNT");
  app.add_option("--state-dir", line.usage.state_dir, "Read the file in this directory; no proxy need run.")
      ->type_name("DIR");
}

void ControlCli::add_log_options() {
  app.add_flag("--follow", line.follow, "Go on, and print each request when it ends.");
  app.add_option("--host", line.host, "Requests to this host and those below it only.")->type_name("HOST");
  app.add_option("--route", line.route, "Requests by this route only.")
      ->type_name("gateway|direct")
      ->check(CLI::IsMember({"gateway", "direct"}).description(""));
  app.add_flag("--failed", line.failed, "Failed requests only.");
}

}  // namespace

std::variant<ControlLine, Printed, UsageError> parse_control_line(const ControlSyntax& shape,
                                                                  const std::vector<std::string>& arguments) {
  ControlCli cli(shape);
  std::vector<std::string> options;
  split_arguments(arguments, options, cli.line.words);
  auto parsed = parse(cli.app, options);
  if (auto* const text = std::get_if<Printed>(&parsed)) return std::move(*text);
  if (auto* const error = std::get_if<UsageError>(&parsed)) return std::move(*error);
  if (shape.words.empty() && !cli.line.words.empty())
    return UsageError{fmt::format("{} takes no words", shape.name)};
  if (cli.port != 0) cli.line.port = cli.port;
  return std::move(cli.line);
}

std::vector<OptionText> control_option_texts(const ControlSyntax& shape) {
  return option_texts(ControlCli(shape).app);
}

}  // namespace aluvia::app
