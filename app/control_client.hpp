// The commands' side of the Unix socket: finds a running proxy of this user and asks it one thing. Blocking,
// and bounded in time. What is asked, and what an answer means, is the commands' own.
//
// Another user of the machine may have prepared what stands at the socket's path. The folder must be a
// directory of this user alone, it is opened once and used by its descriptor, and the kernel must say that
// the answering process is this user's.
#pragma once

#include "admin/control_folder.hpp"
#include "base/result.hpp"
#include "exit_status.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::app {

struct RunningProxy {
  std::uint16_t port = 0;
  /// Where its socket stands; null where only its TCP port is known, which answers probes.
  std::shared_ptr<const admin::ControlFolder> folder;
};

/// The reason why a command failed.
struct CommandError {
  ExitStatus status = api_unavailable;
  std::string code;  ///< a word, for JSON
  std::string message;
  /// The next step, or empty. An agent obeys it without a thought, so it names a proxy only where the command
  /// was about that one and no other.
  std::string next;
};

/// `aluvia-connect COMMAND --port PORT`: for `next`.
std::string command_for(const RunningProxy& proxy, std::string_view command);

struct Reply {
  int status = 0;
  std::string body;
};

/// The port that the user means: `given`, else that of ALUVIA_PROXY_URL (which exec sets for its command),
/// else ALUVIA_PORT where it is not 0, else none.
std::optional<std::uint16_t> port_meant(std::optional<std::uint16_t> given);

/// How much a command wants to know of a proxy.
enum class Need {
  control,  ///< its socket
  url,      ///< its URL: where it has no socket, the port that the user named is enough
  probe,    ///< one answer to a probe, which its TCP port gives too, whatever stands in the socket's place
};

/// The proxy on `port`, or the only one of this user that runs. A folder, a socket or a process of another
/// user is an error with the exit status 77.
Result<RunningProxy, CommandError> find_proxy(std::optional<std::uint16_t> port, Need need = Need::control);

enum class Want { json, text };

/// One request. `body` is JSON, or empty. Waits 100 s for the answer at most.
Result<Reply, CommandError> ask(const RunningProxy& proxy, std::string_view method, std::string_view target,
                                std::string_view body, Want want);

/// The URL of `proxy`, checked. With `Credentials::included` it has the user and password that clients need.
enum class Credentials { left_out, included };
Result<std::string, CommandError> url_of(const RunningProxy& proxy, Credentials credentials);

/// Waits at most `timeout` until a process of this user has ended. Returns false where it has not.
bool wait_for_end(int process, std::chrono::milliseconds timeout);
/// The process behind the socket, or nothing where it cannot be known.
std::optional<int> process_of(const RunningProxy& proxy);

/// 2xx: 0. What the others mean stands in the table of exit statuses.
ExitStatus exit_status_of(int http_status) noexcept;

}  // namespace aluvia::app
