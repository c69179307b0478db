#include "port_holder.hpp"

#include "admin/control_folder.hpp"
#include "base/logger.hpp"
#include "found_proxies.hpp"
#include "list_command.hpp"
#include "listening_sockets.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

struct Holder {
  std::string name;    // "a proxy of yours (process 17)"; empty: unknown
  std::string advice;  // empty: none but the usual one
};

// Asks the kernel for the process behind the control socket: a proxy's own descriptors are hidden from its
// user.
Holder proxy_of_this_environment(std::uint16_t port) {
  const auto folder = admin::ControlFolder::open();
  if (!folder) return {};
  const auto connected = folder->connect(port, std::chrono::seconds(1));
  if (!connected) return {};
  return {
      fmt::format("a proxy of yours (process {})", connected->process),
      fmt::format("aluvia-connect status --port {0} shows it, aluvia-connect stop --port {0} ends it", port)};
}

Holder proxy_of_another_environment(std::uint16_t port) {
  const auto found = probe_proxy(port);
  if (!found) return {};
  const std::string variables = variables_for(found->control_socket);
  return {
      found->process == 0 ? "a proxy of yours" : fmt::format("a proxy of yours (process {})", found->process),
      variables.empty() ? "" : fmt::format("{} aluvia-connect stop --port {} ends it", variables, port)};
}

Holder other_program(const ListeningSocket& socket) {
  const auto process = process_of_socket(socket.inode);
  if (!process) return {fmt::format("a program of user {}", socket.user), ""};
  return {fmt::format("{} (process {})", printable(program_name(*process)), *process), ""};
}

Holder holder_of(std::uint16_t port) {
  const auto sockets = listening_sockets();
  const auto socket = std::ranges::find(sockets, port, &ListeningSocket::port);
  if (socket == sockets.end()) return {};
  if (socket->user == ::geteuid()) {
    if (Holder own = proxy_of_this_environment(port); !own.name.empty()) return own;
    if (Holder own = proxy_of_another_environment(port); !own.name.empty()) return own;
  }
  return other_program(*socket);
}

}  // namespace

std::string with_holder(const std::string& message, std::uint16_t port) {
  const auto end_of_reason = message.find("; ");
  const Holder holder = holder_of(port);
  if (holder.name.empty() || end_of_reason == std::string::npos) return message;
  std::string out = fmt::format("{} by {}", message.substr(0, end_of_reason), holder.name);
  if (!holder.advice.empty()) out += "; " + holder.advice;
  return out + message.substr(end_of_reason);
}

}  // namespace aluvia::app
