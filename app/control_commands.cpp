#include "control_commands.hpp"

#include "answer_style.hpp"
#include "base/json_writer.hpp"
#include "base/percent.hpp"
#include "base/quantity.hpp"
#include "base/visible.hpp"
#include "control_client.hpp"
#include "control_line.hpp"
#include "control_report.hpp"
#include "edit_json.hpp"
#include "found_proxies.hpp"
#include "list_command.hpp"
#include "log_command.hpp"
#include "mcp_command.hpp"
#include "proxy_settings.hpp"
#include "proxy_wait.hpp"
#include "standard_streams.hpp"
#include "suggestion.hpp"
#include "terminal_style.hpp"
#include "top_view.hpp"
#include "usage_command.hpp"
#include "watch_command.hpp"
#include "wrapped_text.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

using Texts = std::vector<std::string>;

std::string text_of(JsonWriter& json) {
  return std::string(json.take_line().view());
}

int ask_and_show(const ControlLine& line, std::string_view method, const std::string& target,
                 const std::string& body = {}) {
  const auto proxy = find_proxy(port_meant(line.port));
  if (!proxy) return tell(proxy.error(), line);
  const auto reply = ask(*proxy, method, target, body, line.json ? Want::json : Want::text);
  return reply ? show(*reply, line) : tell(reply.error(), line);
}

int status(const ControlLine& line) {
  return ask_and_show(line, "GET", "/status");
}
int list(const ControlLine& line) {
  const auto proxies = find_all_proxies();
  return print(line.json ? list_json(proxies)
                         : list_text(proxies, text_width(STDOUT_FILENO), TerminalStyle::of(STDOUT_FILENO)));
}
int tunnels(const ControlLine& line) {
  if (!line.watch) return ask_and_show(line, "GET", "/tunnels");
  if (line.json) return misused(line, "tunnels takes --watch or --json, not both");
  const auto proxy = find_proxy(port_meant(line.port));
  if (!proxy) return tell(proxy.error(), line);
  const auto shown = watch([&](TerminalSize) -> Result<std::string, CommandError> {
    auto reply = ask(*proxy, "GET", "/tunnels", {}, Want::text);
    if (!reply) return Err{std::move(reply.error())};
    return shown_answer(visible_lines(reply->body));
  });
  return shown ? *shown : tell(shown.error(), line);
}

int top(const ControlLine& line) {
  const auto proxy = find_proxy(port_meant(line.port));
  if (!proxy) return tell(proxy.error(), line);
  TopView view(TerminalStyle::of(STDOUT_FILENO), TerminalScreen::is_possible());
  const auto render = [&](TerminalSize size) -> Result<std::string, CommandError> {
    if (view.is_paused()) return view.text(size);
    auto answer = ask_live(*proxy, view.last());
    if (!answer) return Err{std::move(answer.error())};
    view.take(std::move(*answer));
    return view.text(size);
  };
  const auto shown = watch(render, [&](char key) { view.press(key); });
  return shown ? *shown : tell(shown.error(), line);
}

int log(const ControlLine& line) {
  const auto proxy = find_proxy(port_meant(line.port));
  if (!proxy) return tell(proxy.error(), line);
  const auto printed = print_requests(*proxy, {{line.host, line.route, line.failed}, line.follow, line.json});
  return printed ? *printed : tell(printed.error(), line);
}

int refresh(const ControlLine& line) {
  return ask_and_show(line, "POST", "/refresh");
}

int forget(const ControlLine& line) {
  if (line.all == (line.words.size() > 1))
    return misused(line, "rules forget takes hosts that AUTO has learned, or --all");
  return ask_and_show(line, "POST", "/forget", forget_json(line));
}

int rules(const ControlLine& line) {
  if (!line.words.empty() && line.words[0] == "forget") return forget(line);
  if (line.all) return misused(line, "--all belongs to rules forget");
  if (line.words.empty() || (line.words[0] == "list" && line.words.size() == 1)) {
    return ask_and_show(line, "GET", "/rules");
  }
  const std::string& action = line.words[0];
  if (action == "clear") {
    if (line.words.size() > 1) return misused(line, "rules clear takes no rules: it removes all of them");
    return ask_and_show(line, "POST", "/rules", rule_edit_json(line));
  }
  if (action != "add" && action != "remove" && action != "set") {
    return misused(line, "rules takes list, add, remove, set, clear or forget");
  }
  if (line.words.size() == 1) {
    return misused(line, fmt::format("rules {} takes rules{}", action,
                                     action == "set" ? "; rules clear removes all of them" : ""));
  }
  return ask_and_show(line, "POST", "/rules", rule_edit_json(line));
}

int policy(const ControlLine& line) {
  const Texts& words = line.words;
  if (words.empty() || (words[0] == "list" && words.size() == 1)) return ask_and_show(line, "GET", "/policy");
  if (words[0] == "audit") {
    if (words.size() != 2 || (words[1] != "on" && words[1] != "off"))
      return misused(line, "policy audit takes on or off");
    return ask_and_show(line, "POST", "/policy", audit_json(words[1] == "on"));
  }
  if (words[0] != "add" && words[0] != "remove") {
    return misused(line, "policy takes list, add, remove or audit");
  }
  if (words.size() < 3 || (words[1] != "block" && words[1] != "only" && words[1] != "budget")) {
    return misused(
        line, fmt::format("policy {} takes block or only and patterns, or budget and amounts", words[0]));
  }
  return ask_and_show(line, "POST", "/policy", policy_edit_json(line));
}

int geo(const ControlLine& line) {
  if (line.clear && !line.words.empty()) return misused(line, "geo takes a code or --clear, not both");
  if (line.words.size() > 1) return misused(line, "geo takes one code");
  if (line.clear) return ask_and_show(line, "POST", "/geo", edit_json("geo", std::nullopt));
  if (line.words.empty()) return ask_and_show(line, "GET", "/geo");
  return ask_and_show(line, "POST", "/geo", edit_json("geo", line.words[0]));
}

int rotate(const ControlLine& line) {
  if (line.clear && !line.words.empty())
    return misused(line, "rotate takes a session id or --clear, not both");
  if (line.words.size() > 1) return misused(line, "rotate takes one session id");
  if (line.clear) return ask_and_show(line, "POST", "/rotate", edit_json("session_id", std::nullopt));
  if (line.words.empty()) return ask_and_show(line, "POST", "/rotate");
  return ask_and_show(line, "POST", "/rotate", edit_json("session_id", line.words[0]));
}

int explain(const ControlLine& line) {
  if (line.words.size() != 1) return misused(line, "explain takes one URL or host");
  return ask_and_show(line, "GET", "/explain?url=" + percent::encoded(line.words[0]));
}

int blocked(const ControlLine& line) {
  if (line.words.size() != 1) return misused(line, "blocked takes one URL or host");
  JsonWriter out;
  out.begin_object();
  out.text("url", line.words[0]);
  if (line.status) out.number("status", static_cast<std::uint64_t>(*line.status));
  out.text_if_any("reason", line.reason);
  out.end_object();
  return ask_and_show(line, "POST", "/blocked", text_of(out));
}

int show_directory(const std::string& directory, const std::string& name, const ControlLine& line) {
  const auto text = usage_of_directory(directory, line);
  return text ? print(*text) : complain(bad_usage, fmt::format("cannot use {}: {}", name, text.error()));
}

// Without a running proxy the file has all that was counted.
int usage(const ControlLine& line) {
  const auto target = usage_target(line);
  if (!target) return misused(line, target.error());
  if (!line.usage.state_dir.empty()) return show_directory(line.usage.state_dir, "--state-dir", line);
  const auto proxy = find_proxy(port_meant(line.port));
  const std::string directory = state_directory_of_environment();
  if (!proxy && proxy.error().code == "no_proxy" && !directory.empty())
    return show_directory(directory, "the state directory of the environment", line);
  return ask_and_show(line, "GET", *target);
}

// Returns when the process has ended, so that a script can use its port again.
int stop(const ControlLine& line) {
  auto proxy = find_proxy(port_meant(line.port));
  if (!proxy) {
    if (proxy.error().status == api_unavailable) proxy.error().next.clear();  // to start one is not meant
    return tell(proxy.error(), line);
  }
  const auto process = process_of(*proxy);
  const auto reply = ask(*proxy, "POST", "/stop", {}, line.json ? Want::json : Want::text);
  if (!reply) return tell(reply.error(), line);
  if (exit_status_of(reply->status) != success || !process) return show(*reply, line);
  if (!wait_for_end(*process, line.timeout)) {
    return tell({api_unavailable, "still_stopping",
                 fmt::format("the proxy is still stopping after {}", duration_text(line.timeout)),
                 command_for(*proxy, "stop")},
                line);
  }
  return print(line.json ? "{\"stopped\":true}\n" : shown_answer("stopped\n"));
}

Probe probe_of(const ControlLine& line) {
  if (line.live) return Probe::live;
  return line.started ? Probe::started : Probe::ready;
}

int healthcheck(const ControlLine& line) {
  const auto proxy = probe(port_meant(line.port), Need::probe, probe_of(line));
  return proxy ? success : tell(proxy.error(), line);
}

int wait(const ControlLine& line) {
  const auto url = wait_until_ready(port_meant(line.port), line.timeout, [] { return false; });
  if (!url) return tell(url.error(), line);
  return print(line.json ? ready_json(*url) + '\n' : *url + '\n');
}

int mcp(const ControlLine& line) {
  return serve_mcp(line);
}

std::string shell_of(const ControlLine& line) {
  if (!line.shell.empty()) return line.shell;
  const char* const path = std::getenv("SHELL");
  const std::string name = path ? std::string(path).substr(std::string(path).rfind('/') + 1) : "sh";
  return shell_lines({}, name) ? name : "sh";
}

std::string json_object(const Variables& variables) {
  JsonWriter out;
  out.begin_object();
  for (const auto& [name, value] : variables) out.text(name, value);
  out.end_object();
  return text_of(out);
}

// Those of the proxy, and those that its clients need besides. Chromium's arguments stay those of this shell,
// too.
Variables variables_of(const RunningProxy& proxy, const std::string& url) {
  Variables more = client_variables(proxy);
  const char* const arguments = std::getenv("ALUVIA_BROWSER_ARGS");
  for (auto& [name, value] : more) {
    if (name == "ALUVIA_BROWSER_ARGS") value = browser_variable(arguments ? arguments : "", value);
  }
  return merged(proxy_variables(url), std::move(more));
}

int env(const ControlLine& line) {
  const auto proxy = find_proxy(port_meant(line.port), Need::url);
  if (!proxy) return tell(proxy.error(), line);
  const auto url = url_of(*proxy, Credentials::included);
  if (!url) return tell(url.error(), line);
  const Variables variables = variables_of(*proxy, *url);
  if (line.json) return print(json_object(variables));
  const auto lines = shell_lines(variables, shell_of(line));
  return lines ? print(*lines)
               : misused(line, "--shell takes sh, bash, zsh, dash, ksh, fish, csh, tcsh or powershell");
}

int browser_args(const ControlLine& line) {
  const auto proxy = find_proxy(port_meant(line.port), Need::url);
  if (!proxy) return tell(proxy.error(), line);
  const auto url = url_of(*proxy, Credentials::left_out);
  if (!url) return tell(url.error(), line);
  const Texts arguments = browser_arguments(*url);
  if (!line.json) return print(fmt::format("{}\n", fmt::join(arguments, "\n")));
  JsonWriter out;
  out.texts({}, arguments);
  return print(text_of(out));
}

struct Row {
  ControlSyntax shape;
  int (*run)(const ControlLine&);
  std::string_view group;
};

constexpr std::string_view look = "Look at a running proxy";
constexpr std::string_view change = "Change a running proxy";

// clang-format off
constexpr std::array rows{
    Row{{"status", "", "Show configuration, API, traffic and readiness of a proxy."}, status, look},
    Row{{"list", "", "List your running proxies: port, process, uptime, command.", false, false, false, 0, false, false, true}, list, look},
    Row{{.name = "tunnels", .words = "", .about = "List the open tunnels: host, route, rule, age, bytes.", .watch = true}, tunnels, look},
    Row{{"top", "", "Watch state, bytes per second, hosts and requests."}, top, look},
    Row{{.name = "log", .words = "", .about = "Print the last requests; --follow: each as it ends.", .log = true}, log, look},
    Row{{.name = "usage", .words = "", .about = "Show the traffic of each host, rule, route or day, and its cost.", .usage = true}, usage, look},
    Row{{"explain", "URL-OR-HOST", "Show where a URL or host would go, and by which rule."}, explain, look},
    Row{{"wait", "", "Wait until a proxy is ready, and print its URL.", false, false, false, 30}, wait, look},
    Row{{"healthcheck", "", "Probe once whether a proxy is ready; exit status only.", false, false, false, 0, true}, healthcheck, look},
    Row{{"env", "", "Print the proxy variables of a running proxy for a shell.", false, false, true}, env, look},
    Row{{"browser-args", "", "Print Chromium arguments for a running proxy."}, browser_args, look},
    Row{{.name = "mcp", .words = "", .about = "Let agents use a running proxy by MCP, on stdin and stdout.", .read_only = true}, mcp, look},
    Row{{.name = "rules", .words = "[list | add RULE… | remove RULE… | set RULE… | clear | forget HOST…]", .about = "List or change the hostname rules.", .local = true, .all = true}, rules, change},
    Row{{"policy", "[list | add block|only|budget PATTERN… | remove block|only|budget PATTERN… | audit on|off]", "List or change blocked hosts, hosts allowed alone, and budgets."}, policy, change},
    Row{{"geo", "[CODE]", "Show or change where gateway traffic comes out.", false, true}, geo, change},
    Row{{"rotate", "[ID]", "Begin a new gateway session, and so a new exit address.", false, true}, rotate, change},
    Row{{"blocked", "URL-OR-HOST", "Report that a site blocked a request; AUTO learns from it.", false, false, false, 0, false, true}, blocked, change},
    Row{{"refresh", "", "Fetch the configuration now."}, refresh, change},
    Row{{"stop", "", "Stop a running proxy, and wait until it has ended.", false, false, false, 30}, stop, change},
};
// clang-format on

constexpr auto overview = [] {
  std::array<ControlCommand, rows.size()> out{};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out[i] = {rows[i].shape.name, rows[i].shape.words, rows[i].shape.about, rows[i].group};
  }
  return out;
}();

const Row& row_of(std::string_view name) {
  return *std::ranges::find(rows, name, [](const Row& one) { return one.shape.name; });
}

}  // namespace

std::span<const ControlCommand> control_commands() {
  return overview;
}

std::vector<OptionText> control_option_texts(std::string_view name) {
  return control_option_texts(row_of(name).shape);
}

int run_control_command(std::string_view name, const std::vector<std::string>& arguments) {
  const Row& row = row_of(name);
  const auto line = parse_control_line(row.shape, arguments);
  if (const auto* const text = std::get_if<Printed>(&line)) return print_help(text->text);
  if (const auto* const error = std::get_if<UsageError>(&line)) {
    return complain(bad_usage, with_help(error->message, name));
  }
  return row.run(std::get<ControlLine>(line));
}

}  // namespace aluvia::app
