// The commands' side of the Unix socket: finds a running proxy of this user and asks it one thing. Blocking,
// and bounded in time. What is asked, and what an answer means, is the commands' own.
#pragma once

#include "base/result.hpp"
#include "exit_status.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::app {

struct RunningProxy {
  std::uint16_t port = 0;
  std::string socket;  ///< path; empty where only its TCP port is known, which answers probes
};

/// Why a command came to nothing. `next` is what to do, or empty.
struct CommandError {
  ExitStatus status = api_unavailable;
  std::string code;  ///< a word, for JSON
  std::string message;
  std::string next;
};

struct Reply {
  int status = 0;
  std::string body;
};

/// The port that the user means: `given`, else that of ALUVIA_PROXY_URL (which exec sets for its command),
/// else ALUVIA_PORT where it is not 0, else none.
std::optional<std::uint16_t> port_meant(std::optional<std::uint16_t> given);

/// The proxy on `port`, or the only one that runs. With a port, one without a socket is found too, by its TCP
/// port alone, where `probe_only` is enough.
Result<RunningProxy, CommandError> find_proxy(std::optional<std::uint16_t> port, bool probe_only = false);

enum class Want { json, text };

/// One request. `body` is JSON, or empty. Waits 100 s for the answer at most.
Result<Reply, CommandError> ask(const RunningProxy& proxy, std::string_view method, std::string_view target,
                                std::string_view body, Want want);

/// Waits until a process of ours has ended, `seconds` at most; whether it has.
bool wait_for_end(int process, int seconds);
/// The process behind the socket, or nothing where it cannot be known.
std::optional<int> process_of(const RunningProxy& proxy);

/// 2xx: 0. What the others mean stands in the table of exit statuses.
ExitStatus exit_status_of(int http_status) noexcept;

}  // namespace aluvia::app
