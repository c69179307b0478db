// Finds the listening TCP sockets of this machine and the programs that hold them, in /proc (proc(5)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::app {

struct ListeningSocket {
  std::uint16_t port = 0;
  std::uint32_t user = 0;  ///< its effective user when the socket was made
  std::uint64_t inode = 0;
};

/// Reads the text of /proc/net/tcp or /proc/net/tcp6. Lines that are not understood are skipped.
std::vector<ListeningSocket> listening_sockets_of(std::string_view text);

/// Returns the listening sockets of this network namespace, IPv4 first.
std::vector<ListeningSocket> listening_sockets();

/// Returns the process that has the socket open. Nothing if the kernel does not show it: the process of
/// another user, or one that forbids tracing, as aluvia-connect does.
std::optional<int> process_of_socket(std::uint64_t inode);

/// Returns the name of the program that `process` runs, at most 15 bytes; empty if the process has ended.
std::string program_name(int process);

/// Returns the processes of `user` that run the program `name`, and whose first argument is none of `except`.
std::vector<int> processes_of(std::uint32_t user, std::string_view name,
                              const std::vector<std::string>& except);

}  // namespace aluvia::app
