#include "list_command.hpp"

#include "admin/status_text.hpp"
#include "base/json_writer.hpp"
#include "base/visible.hpp"
#include "listening_sockets.hpp"
#include "proxy_settings.hpp"
#include "wrapped_text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

constexpr const char* how_to_start = "aluvia-connect run";

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : visible(text);
}

struct Row {
  std::string port;
  std::string process;
  std::string uptime;
  std::string command;
  std::string directory;
};

Row row_of(const FoundProxy& one) {
  const bool is_known = one.process != 0;
  return {std::to_string(one.port), is_known ? std::to_string(one.process) : "-",
          is_known ? admin::human_seconds(one.uptime) : "-", or_dash(one.command), or_dash(one.directory)};
}

struct Widths {
  std::size_t command = 0;
  std::size_t directory = 0;
};

constexpr std::size_t command_column = 30;
constexpr std::size_t gap = 2;

// Without enough columns for both, a command gets what the directories leave, but half of the columns at
// least.
Widths widths_of(const std::vector<Row>& rows, std::optional<std::size_t> width) {
  Widths out;
  for (const Row& row : rows) {
    out.command = std::max(out.command, width_of(row.command));
    out.directory = std::max(out.directory, width_of(row.directory));
  }
  if (!width || command_column + out.command + gap + out.directory <= *width) return out;
  const std::size_t both = *width - std::min(*width, command_column + gap);
  const std::size_t left = both - std::min(both, out.directory);
  out.command = std::min(out.command, std::max(left, both / 2));
  out.directory = both - out.command;
  return out;
}

std::string line_of(const Row& row, const Widths& widths) {
  const std::string command = cut(row.command, widths.command);
  return fmt::format("{:<7}{:<9}{:<14}{}{}  {}", row.port, row.process, row.uptime, command,
                     std::string(widths.command - width_of(command), ' '),
                     cut_before(row.directory, widths.directory));
}

// A proxy that hides its status may well be ready.
bool is_not_ready(const FoundProxy& one) {
  return !one.is_ready && one.process != 0;
}

std::string reasons_hint(const std::vector<FoundProxy>& proxies) {
  std::string out;
  for (const FoundProxy& one : proxies) {
    if (!is_not_ready(one)) continue;
    out += fmt::format("\nThe proxy on port {0} is not ready; aluvia-connect status --port {0} says why.\n",
                       one.port);
  }
  return out;
}

// Tells how commands reach the proxies of another environment.
std::string notes(const std::vector<FoundProxy>& proxies) {
  std::string out;
  for (const FoundProxy& one : proxies) {
    if (one.is_in_reach) continue;
    const std::string variables = variables_for(one.control_socket);
    out += variables.empty()
               ? fmt::format("\nThe proxy on port {} was started with another XDG_RUNTIME_DIR or TMPDIR.\n",
                             one.port)
               : fmt::format(
                     "\nThe proxy on port {} was started with another XDG_RUNTIME_DIR or TMPDIR:\n"
                     "  {} aluvia-connect status --port {}\n",
                     one.port, visible(variables), one.port);
  }
  return out;
}

}  // namespace

std::string list_text(const std::vector<FoundProxy>& proxies, std::optional<std::size_t> width,
                      const TerminalStyle& style) {
  if (proxies.empty()) return fmt::format("no proxy of yours is running; start one with {}\n", how_to_start);
  std::vector<Row> rows{{"PORT", "PROCESS", "UP FOR", "COMMAND", "DIRECTORY"}};
  for (const FoundProxy& one : proxies) rows.push_back(row_of(one));
  const Widths widths = widths_of(rows, width);
  std::string out = style.paint(Tone::heading, line_of(rows.front(), widths)) + '\n';
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const Tone tone = is_not_ready(proxies[i - 1]) ? Tone::warning : Tone::plain;
    out += style.paint(tone, line_of(rows[i], widths)) + '\n';
  }
  return out + reasons_hint(proxies) + notes(proxies);
}

std::string list_json(const std::vector<FoundProxy>& proxies) {
  JsonWriter out;
  out.begin_object();
  out.begin_list("proxies");
  for (const FoundProxy& one : proxies) {
    out.begin_object();
    out.number("port", one.port);
    out.text_if_any("url", one.url);
    if (one.process != 0) out.number("pid", static_cast<std::uint64_t>(one.process));
    if (one.process != 0) out.decimal("uptime_s", one.uptime);
    if (!one.url.empty()) out.yes_or_no("ready", one.is_ready);
    out.text_if_any("command", one.command);
    out.text_if_any("directory", one.directory);
    out.text_if_any("control_socket", one.control_socket);
    out.yes_or_no("in_reach", one.is_in_reach);
    out.end_object();
  }
  out.end_list();
  if (proxies.empty()) out.text("next", how_to_start);
  out.end_object();
  return std::string(out.take_line().view());
}

std::string proxy_elsewhere(std::uint16_t port) {
  const auto sockets = listening_sockets();
  const bool is_ours = std::ranges::any_of(
      sockets, [&](const ListeningSocket& one) { return one.port == port && one.user == ::geteuid(); });
  const auto found = is_ours ? probe_proxy(port) : std::nullopt;
  if (!found) return "";
  const std::string variables = variables_for(found->control_socket);
  return fmt::format("one answers on port {}, started with another XDG_RUNTIME_DIR or TMPDIR{}", port,
                     variables.empty() ? "" : ": try again with " + variables);
}

std::string variables_for(const std::string& control_socket) {
  const auto slash = control_socket.rfind('/');
  if (slash == std::string::npos || slash == 0) return "";
  const std::string folder = control_socket.substr(0, slash);
  const auto parent_end = folder.rfind('/');
  if (parent_end == std::string::npos || parent_end == 0) return "";
  const std::string parent = shell_word(folder.substr(0, parent_end));
  const std::string name = folder.substr(parent_end + 1);
  if (name == "aluvia-connect") return "XDG_RUNTIME_DIR=" + parent;
  return name.starts_with("aluvia-connect-") ? "XDG_RUNTIME_DIR= TMPDIR=" + parent : "";
}

}  // namespace aluvia::app
