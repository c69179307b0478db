// Finds the running proxies of this user: by the sockets of its folder, and by the TCP ports of those that
// were started with another XDG_RUNTIME_DIR or TMPDIR.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::app {

/// A proxy as it describes itself. Text is foreign: it may hold control characters.
struct FoundProxy {
  std::uint16_t port = 0;
  std::string url;
  int process = 0;    ///< 0: unknown, because the proxy asks for credentials
  double uptime = 0;  ///< seconds
  bool is_ready = false;
  std::string command;         ///< may be empty: an older proxy, or only its TCP port answers
  std::string directory;       ///< as `command`
  std::string control_socket;  ///< path; empty: unknown
  bool is_in_reach = true;     ///< its socket is in the folder of this environment
};

/// Reads the JSON of /status; nothing if it is not that of a proxy.
std::optional<FoundProxy> read_status(std::string_view json);

/// Asks 127.0.0.1:`port` over TCP, for at most a second.
std::optional<FoundProxy> probe_proxy(std::uint16_t port);

/// Returns every proxy of this user, by port. Dead sockets are skipped. Ports of this user's other programs
/// are asked only while a process of aluvia-connect is not accounted for.
std::vector<FoundProxy> find_all_proxies();

/// Returns the ports of the sockets in the folder of this environment; some may be dead. Fast: no proxy is
/// asked.
std::vector<std::uint16_t> known_ports();

/// The port that users give a proxy, by the documents and by `try`.
inline constexpr std::uint16_t usual_port = 54321;

}  // namespace aluvia::app
