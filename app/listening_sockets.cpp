#include "listening_sockets.hpp"

#include "base/number.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <fstream>
#include <memory>
#include <sstream>

#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

constexpr std::string_view listen_state = "0A";  // TCP_LISTEN

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return std::move(out).str();
}

// Returns the words of a line. The first lines of /proc/net/tcp and /proc/PID/status need no other syntax.
std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(std::move(word));
  return out;
}

// Columns: number, local address, remote address, state, queues, timer, retransmissions, user, timeout,
// inode.
std::optional<ListeningSocket> socket_of(const std::vector<std::string>& words) {
  if (words.size() < 10 || words[3] != listen_state) return std::nullopt;
  const std::string_view local = words[1];
  const auto port = parse_number<std::uint16_t>(local.substr(local.rfind(':') + 1), 16);
  const auto user = parse_number<std::uint32_t>(words[7]);
  const auto inode = parse_number<std::uint64_t>(words[9]);
  if (!port || !user || !inode) return std::nullopt;
  return ListeningSocket{*port, *user, *inode};
}

std::vector<std::string> entries_of(const std::string& path) {
  std::vector<std::string> out;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), &::closedir);
  if (!folder) return out;
  while (const dirent* const entry = ::readdir(folder.get())) out.emplace_back(entry->d_name);
  return out;
}

std::vector<int> all_processes() {
  std::vector<int> out;
  for (const std::string& name : entries_of("/proc")) {
    if (const auto number = parse_number<std::uint32_t>(name)) out.push_back(static_cast<int>(*number));
  }
  return out;
}

bool has_open(int process, const std::string& target) {
  const std::string folder = fmt::format("/proc/{}/fd", process);
  return std::ranges::any_of(entries_of(folder), [&](const std::string& name) {
    std::array<char, PATH_MAX> link{};
    const ssize_t size = ::readlink((folder + '/' + name).c_str(), link.data(), link.size());
    return size > 0 && std::string_view(link.data(), static_cast<std::size_t>(size)) == target;
  });
}

// The owner of /proc/PID is root for a process that forbids tracing, so the status file is read instead.
std::optional<std::uint32_t> user_of(int process) {
  std::istringstream lines(file_text(fmt::format("/proc/{}/status", process)));
  for (std::string line; std::getline(lines, line);) {
    const auto words = words_of(line);  // Uid: real effective saved filesystem
    if (words.size() > 2 && words[0] == "Uid:") return parse_number<std::uint32_t>(words[2]);
  }
  return std::nullopt;
}

std::string first_argument(int process) {
  const std::string line = file_text(fmt::format("/proc/{}/cmdline", process));
  const auto begin = line.find('\0');
  if (begin == std::string::npos) return "";
  return line.substr(begin + 1, line.find('\0', begin + 1) - begin - 1);
}

}  // namespace

std::vector<ListeningSocket> listening_sockets_of(std::string_view text) {
  std::vector<ListeningSocket> out;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (const auto socket = socket_of(words_of(line))) out.push_back(*socket);
  }
  return out;
}

std::vector<ListeningSocket> listening_sockets() {
  auto out = listening_sockets_of(file_text("/proc/net/tcp"));
  const auto more = listening_sockets_of(file_text("/proc/net/tcp6"));
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

std::optional<int> process_of_socket(std::uint64_t inode) {
  const std::string target = fmt::format("socket:[{}]", inode);
  for (const int process : all_processes()) {
    if (has_open(process, target)) return process;
  }
  return std::nullopt;
}

std::string program_name(int process) {
  std::string out = file_text(fmt::format("/proc/{}/comm", process));
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

std::vector<int> processes_of(std::uint32_t user, std::string_view name,
                              const std::vector<std::string>& except) {
  std::vector<int> out;
  for (const int process : all_processes()) {
    if (program_name(process) != name || user_of(process) != user) continue;
    if (std::ranges::find(except, first_argument(process)) == except.end()) out.push_back(process);
  }
  return out;
}

}  // namespace aluvia::app
