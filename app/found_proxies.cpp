#include "found_proxies.hpp"

#include "admin/socket_path.hpp"
#include "base/json_value.hpp"
#include "control_connection.hpp"
#include "http/basic_credentials.hpp"
#include "listening_sockets.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include <rapidjson/document.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

constexpr std::chrono::seconds patience{1};
constexpr const char* program = "aluvia-connect";

std::string text_of(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || !member->value.IsString()) return "";
  return {member->value.GetString(), member->value.GetStringLength()};
}

// Asks over the Unix socket, whose process the kernel knows.
std::optional<FoundProxy> ask_over_socket(const admin::ControlFolder& folder, std::uint16_t port) {
  auto connected = folder.connect(port, patience);
  if (!connected) return std::nullopt;
  const int process = connected->process;
  const ControlConnection connection(std::move(connected->socket));
  const auto reply = connection.ask(port, "GET", "/status", {}, Want::json, patience);
  auto found = reply && reply->status == 200 ? read_status(reply->body) : std::nullopt;
  if (!found) found.emplace().process = process;  // it listens, but is too busy or too old to answer
  found->port = port;
  return found;
}

std::optional<admin::ControlFolder> folder_at(const std::string& path) {
  auto folder = admin::ControlFolder::open(path);
  return folder ? std::optional(std::move(*folder)) : std::nullopt;
}

// Asks a proxy of another environment over its own socket, which tells more than its TCP port.
FoundProxy with_details(FoundProxy found) {
  const std::string path = found.control_socket.substr(0, found.control_socket.rfind('/'));
  if (found.control_socket == admin::socket_path(path, found.port)) {
    const auto folder = folder_at(path);
    const auto more = folder ? ask_over_socket(*folder, found.port) : std::nullopt;
    if (more && more->process == found.process) found = *more;
  }
  found.is_in_reach = false;
  return found;
}

std::vector<FoundProxy> proxies_in_folder() {
  std::vector<FoundProxy> out;
  const auto folder = folder_at(admin::socket_folder());
  if (!folder) return out;
  for (const std::uint16_t port : folder->ports()) {
    if (auto found = ask_over_socket(*folder, port)) out.push_back(std::move(*found));
  }
  return out;
}

// Proxies, not commands; `try` and `exec` run a proxy too.
std::set<int> unaccounted_processes(const std::vector<FoundProxy>& known) {
  std::set<int> out;
  for (const int process : processes_of(::geteuid(), program, {"sandbox", "list", "help", "__complete"})) {
    if (process != ::getpid()) out.insert(process);
  }
  for (const FoundProxy& one : known) out.erase(one.process);
  return out;
}

void add_proxies_of_other_folders(std::vector<FoundProxy>& out) {
  std::set<int> missing = unaccounted_processes(out);
  std::set<std::uint16_t> asked;
  for (const FoundProxy& one : out) asked.insert(one.port);
  for (const ListeningSocket& socket : listening_sockets()) {
    if (missing.empty()) return;
    if (socket.user != ::geteuid() || !asked.insert(socket.port).second) continue;
    const auto found = probe_proxy(socket.port);
    if (!found || (found->process != 0 && !missing.contains(found->process))) continue;
    missing.erase(found->process);
    out.push_back(with_details(*found));
  }
}

}  // namespace

std::optional<FoundProxy> read_status(std::string_view json) {
  rapidjson::Document document;
  if (!parse_json_object(document, json)) return std::nullopt;
  const auto process = document.FindMember("pid");
  const auto uptime = document.FindMember("uptime_s");
  const auto ready = document.FindMember("ready");
  const auto end = document.MemberEnd();
  if (process == end || uptime == end || ready == end || !process->value.IsInt() ||
      !uptime->value.IsNumber() || !ready->value.IsBool())
    return std::nullopt;
  FoundProxy out;
  out.url = text_of(document, "url");
  out.process = process->value.GetInt();
  out.uptime = uptime->value.GetDouble();
  out.is_ready = ready->value.GetBool();
  out.command = text_of(document, "command");
  out.directory = text_of(document, "directory");
  out.control_socket = text_of(document, "control_socket");
  return out;
}

std::optional<FoundProxy> probe_proxy(std::uint16_t port) {
  const auto connection = ControlConnection::to_loopback(port, patience);
  if (!connection.is_open()) return std::nullopt;
  const auto reply = connection.ask(port, "GET", "/status", {}, Want::json, patience);
  if (!reply) return std::nullopt;
  std::optional<FoundProxy> out;
  if (reply->status == 200) out = read_status(reply->body);
  // A proxy that asks its clients for credentials shows no more than that.
  if (reply->status == 401 && reply->head.find(http::basic_challenge) != std::string::npos) out.emplace();
  if (out) out->port = port;
  return out;
}

std::vector<FoundProxy> find_all_proxies() {
  auto out = proxies_in_folder();
  add_proxies_of_other_folders(out);
  std::ranges::sort(out, {}, &FoundProxy::port);
  return out;
}

std::vector<std::uint16_t> known_ports() {
  const auto folder = folder_at(admin::socket_folder());
  return folder ? folder->ports() : std::vector<std::uint16_t>{};
}

}  // namespace aluvia::app
