#include "completion_command.hpp"

#include "admin/control_folder.hpp"
#include "base/number.hpp"
#include "command_line.hpp"
#include "completion.hpp"
#include "control_client.hpp"
#include "control_connection.hpp"
#include "examples.hpp"
#include "exit_status.hpp"
#include "standard_streams.hpp"
#include "terminal_style.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

constexpr std::chrono::seconds patience{1};
constexpr std::size_t most_candidates = 1000;

constexpr const char* introduction =
    "Usage: aluvia-connect completion bash|zsh|fish\n"
    "\n"
    "Print a script that completes commands, options and their values, the ports of\n"
    "running proxies and the rules to remove. The packages install it; otherwise:\n"
    "\n"
    "  bash: source <(aluvia-connect completion bash)                in ~/.bashrc\n"
    "  zsh:  aluvia-connect completion zsh > DIR/_aluvia-connect     DIR is in fpath\n"
    "  fish: aluvia-connect completion fish | source                 in config.fish\n"
    "\n";

struct Shell {
  std::string_view name;
  std::string (*script)();
};

constexpr std::array shells{Shell{"bash", bash_completion}, Shell{"zsh", zsh_completion},
                            Shell{"fish", fish_completion}};

std::string ports() {
  std::string out;
  const auto folder = admin::ControlFolder::open();
  if (!folder) return out;
  for (const std::uint16_t port : folder->ports()) {
    if (folder->connect(port, patience)) out += fmt::format("{}\n", port);
  }
  return out;
}

std::optional<std::uint16_t> port_among(const std::vector<std::string>& arguments) {
  const auto flag = std::ranges::find(arguments, "--port");
  if (flag == arguments.end() || flag + 1 == arguments.end()) return std::nullopt;
  return parse_number<std::uint16_t>(*(flag + 1));
}

// Returns the answer for `rules list`, of the proxy that is meant or the only one.
std::string rules_text(std::optional<std::uint16_t> port) {
  const auto folder = admin::ControlFolder::open();
  if (!folder) return "";
  port = port_meant(port);
  const auto known = folder->ports();
  for (const std::uint16_t one : known) {
    auto connected = port.value_or(one) == one ? folder->connect(one, patience) : Err{net::ConnectError{}};
    if (!connected) continue;
    const ControlConnection connection(std::move(connected->socket));
    const auto reply = connection.ask(one, "GET", "/rules", {}, Want::text, patience);
    if (reply && reply->status == 200) return reply->body;
  }
  return "";
}

// Lines are "account  RULE" or "local    RULE", with control characters escaped.
std::string rules(const std::vector<std::string>& arguments) {
  const bool is_local = std::ranges::find(arguments, "--local") != arguments.end();
  const std::string_view label = is_local ? "local    " : "account  ";
  const std::string text = rules_text(port_among(arguments));
  std::string out;
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty() && number < most_candidates;) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.starts_with(label)) continue;
    out.append(line.substr(label.size())).append("\n");
    ++number;
  }
  return out;
}

}  // namespace

int completion_command(const std::vector<std::string>& arguments) {
  const bool is_help =
      std::ranges::any_of(arguments, [](const std::string& one) { return one == "--help" || one == "-h"; });
  if (is_help)
    return print_help(introduction + examples_text("completion") + "\n" + exit_help("completion") + "\n");
  const auto shell =
      arguments.size() == 1 ? std::ranges::find(shells, arguments[0], &Shell::name) : shells.end();
  if (shell != shells.end()) return print(shell->script());
  return complain(bad_usage, "completion takes bash, zsh or fish; see aluvia-connect completion --help");
}

int candidates_command(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return bad_usage;
  if (arguments[0] == "ports") return print(ports());
  if (arguments[0] == "rules") return print(rules(arguments));
  return bad_usage;
}

}  // namespace aluvia::app
