// The client of the Unix socket: finds a running proxy of this user and sends it one request. Its functions
// block for a limited time. The commands choose the request and interpret the response.
//
// Another user of the machine may have created the file at the socket's path. So the folder must be a
// directory that only this user can write, it is opened once and used by its descriptor, and the kernel must
// confirm that the peer process belongs to this user.
#pragma once

#include "base/result.hpp"
#include "control_connection.hpp"
#include "exit_status.hpp"
#include "proxy_settings.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::app {

struct RunningProxy {
  std::uint16_t port = 0;
  /// The folder of its socket; null if only its TCP port is known, which answers probes.
  std::shared_ptr<const admin::ControlFolder> folder;
};

/// The reason why a command failed.
struct CommandError {
  ExitStatus status = api_unavailable;
  std::string code;  ///< a word, for JSON
  std::string message;
  /// The next step, or empty. An agent may run it without a check, so it names a proxy only if the command
  /// was about exactly that proxy.
  std::string next;
};

/// Returns `aluvia-connect COMMAND --port PORT`, for `next`.
std::string command_for(const RunningProxy& proxy, std::string_view command);

/// Returns the first that is set: `given`, the port of ALUVIA_PROXY_URL (which exec sets for its command),
/// ALUVIA_PORT unless it is 0. Returns nothing if none is set.
std::optional<std::uint16_t> port_meant(std::optional<std::uint16_t> given);

/// The access to a proxy that a command needs.
enum class Need {
  control,  ///< its socket
  url,      ///< its URL: without a socket, the port that the user named is enough
  probe,    ///< a response to a probe: without a usable socket, the TCP port is enough
};

/// Finds the proxy on `port`, or the only running one of this user. A folder, a socket or a process of
/// another user is an error with the exit status 77.
Result<RunningProxy, CommandError> find_proxy(std::optional<std::uint16_t> port, Need need = Need::control);

/// Sends one request. `body` is JSON, or empty. Waits at most 100 s for the response.
Result<Reply, CommandError> ask(const RunningProxy& proxy, std::string_view method, std::string_view target,
                                std::string_view body, Want want);

/// Selects a URL with or without the user and password that clients need.
enum class Credentials { left_out, included };
/// Asks `proxy` for its URL and checks it (proxy_url.hpp).
Result<std::string, CommandError> url_of(const RunningProxy& proxy, Credentials credentials);

/// Returns the variables that clients of `proxy` need besides those of its URL; none where it tells none.
Variables client_variables(const RunningProxy& proxy);

/// Waits at most `timeout` until a process of this user has ended. Returns false if it still runs.
bool wait_for_end(int process, std::chrono::milliseconds timeout);
/// Returns the process behind the socket, or nothing if the kernel does not tell it.
std::optional<int> process_of(const RunningProxy& proxy);

/// Returns 0 for 2xx, else the exit status for the response.
ExitStatus exit_status_of(int http_status) noexcept;

}  // namespace aluvia::app
