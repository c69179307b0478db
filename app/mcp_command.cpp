#include "mcp_command.hpp"

#include "base/posix.hpp"
#include "control_client.hpp"
#include "mcp/line_reader.hpp"
#include "mcp/server.hpp"
#include "mcp_calls.hpp"
#include "mcp_tools.hpp"
#include "signals.hpp"
#include "standard_streams.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t longest_line = 1024 * 1024;
// Time for running calls after the end of stdin. The official clients send SIGTERM after two seconds.
constexpr std::chrono::milliseconds patience{1000};

// Runs on one thread; the calls run on theirs. While the client does not read, the server waits in a write
// and reads no further messages, which bounds its memory.
class StdioServer {
 public:
  explicit StdioServer(const ControlLine& line);
  int run();

 private:
  void send(std::string_view line);
  void wait();
  void read_input();
  bool is_over() const;
  int end();

  const std::vector<mcp::Tool> tools_;
  CallThreads calls_;
  mcp::Server server_;
  mcp::LineReader lines_;
  std::optional<Clock::time_point> end_of_patience_;  // since the end of stdin
  bool is_output_closed_ = false;
  int output_error_ = 0;
};

StdioServer::StdioServer(const ControlLine& line)
    : tools_(mcp_tools(line.read_only)),
      calls_([port = line.port](const mcp::Call& call, const std::atomic<bool>& is_cancelled) {
        return run_mcp_tool(*call.tool, {port, call.arguments, is_cancelled});
      }),
      server_({"aluvia-connect", "Aluvia Connect", ALUVIA_VERSION, mcp_instructions(line.read_only)}, tools_,
              {[this](std::string_view text) { send(text); },
               [this](mcp::Call call) { calls_.start(std::move(call)); },
               [this](mcp::CallId call) { calls_.cancel(call); }}),
      lines_(
          longest_line, [this](std::string_view text) { server_.receive(text); },
          [this] { server_.reject_long_line(longest_line); }) {}

int StdioServer::run() {
  while (!is_over()) wait();
  return end();
}

bool StdioServer::is_over() const {
  if (is_output_closed_ || output_error_ != 0) return true;
  return end_of_patience_ && (server_.running() == 0 || Clock::now() >= *end_of_patience_);
}

void StdioServer::send(std::string_view line) {
  if (output_error_ == 0) output_error_ = write_output(std::string(line) + '\n');
}

void StdioServer::wait() {
  // Without an event the kernel still tells that the reader of stdout has gone.
  std::array<pollfd, 3> polled{pollfd{end_of_patience_ ? -1 : STDIN_FILENO, POLLIN, 0},
                               pollfd{STDOUT_FILENO, 0, 0}, pollfd{calls_.ready(), POLLIN, 0}};
  const int timeout = end_of_patience_ ? static_cast<int>(patience.count()) : -1;
  if (::poll(polled.data(), polled.size(), timeout) <= 0) return;
  if (polled[1].revents != 0) is_output_closed_ = true;
  if (polled[2].revents != 0) {
    for (const auto& ended : calls_.take()) server_.finish(ended.call, ended.result);
  }
  if (polled[0].revents != 0) read_input();
}

void StdioServer::read_input() {
  std::array<char, 64 * 1024> buffer;
  const ssize_t got = retry_on_eintr([&] { return ::read(STDIN_FILENO, buffer.data(), buffer.size()); });
  if (got < 0 && errno == EAGAIN) return;  // another process made the shared description non-blocking
  if (got > 0) return lines_.feed({buffer.data(), static_cast<std::size_t>(got)});
  lines_.finish();
  end_of_patience_ = Clock::now() + patience;
}

int StdioServer::end() {
  // A client that has gone is no error; a full disk is one.
  const bool is_error = output_error_ != 0 && output_error_ != EPIPE;
  const ExitStatus status =
      is_error ? complain(cannot_print, fmt::format("cannot write to stdout: {}",
                                                    std::generic_category().message(output_error_)))
               : success;
  // A call may wait for the API for a minute and a half, and no client is left that wants its result.
  if (server_.running() > 0) std::_Exit(status);
  return status;
}

void show_purpose() {
  if (::isatty(STDIN_FILENO) != 1) return;
  complain(success,
           "mcp waits for messages of the Model Context Protocol on stdin: an MCP client starts it; "
           "Ctrl-D ends it");
}

}  // namespace

int serve_mcp(const ControlLine& line) {
  block_signals();
  const auto leave = [] { std::_Exit(success); };  // also out of a write that the client does not read
  const SignalThread signals({[&](int) { leave(); }, leave, leave});
  show_purpose();
  return StdioServer(line).run();
}

}  // namespace aluvia::app
