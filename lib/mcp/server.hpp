// Server: the Model Context Protocol without I/O, in both generations: takes lines, sends lines, and has
// calls of tools run elsewhere.
//
// A request with a protocol version in its `_meta` belongs to revision 2026-07-28 and stands for itself. All
// others belong to the session that `initialize` begins. Both may come in any order on the same stream.
#pragma once

#include "mcp/message.hpp"
#include "mcp/replies.hpp"
#include "mcp/reply_text.hpp"
#include "mcp/tool.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aluvia::mcp {

using CallId = std::uint64_t;

/// A call to run. Its arguments are those of the tool's input schema.
struct Call {
  CallId id = 0;
  const Tool* tool = nullptr;
  Members arguments;
};

/// Used by one thread.
class Server {
 public:
  struct Hooks {
    Send send;                                ///< not called within itself
    std::function<void(Call call)> start;     ///< ended by finish(), later or at once
    std::function<void(CallId call)> cancel;  ///< its result is no longer wanted; finish() comes still
  };

  /// More calls at once are answered by an error.
  static constexpr std::size_t most_calls = 16;

  /// `tools` outlives the server.
  Server(ServerInfo info, std::span<const Tool> tools, Hooks hooks);

  void receive(std::string_view line);
  /// Tells that a line was longer than `longest` bytes, and has been dropped.
  void reject_long_line(std::size_t longest);
  void finish(CallId call, const ToolResult& result);
  /// Returns the number of calls that have not ended, those that were cancelled included.
  std::size_t running() const noexcept { return running_.size(); }

 private:
  using Shared = std::shared_ptr<Replies>;
  struct Running {
    std::string id;  ///< of the request; empty once it is cancelled
    Generation generation;
    Shared replies;  ///< null once it is cancelled
  };

  void receive(Message message, bool is_batch, const Shared& replies);
  void notice(const Request& request);
  void answer(Request request, bool is_batch, const Shared& replies);
  void answer_session(Request request, const Shared& replies);
  void answer_stateless(Request request, const Shared& replies);
  /// Answers the methods that both generations have.
  void answer_both(Request request, Generation generation, const Shared& replies);
  std::string initialize(const Request& request);
  void call(Request request, Generation generation, const Shared& replies);
  void start(const Request& request, const Tool& tool, Generation generation, const Shared& replies);

  const ServerInfo info_;
  const std::span<const Tool> tools_;
  const std::string tool_list_;
  const Hooks hooks_;
  std::optional<std::string> session_version_;  ///< since initialize
  std::map<CallId, Running> running_;
  CallId last_call_ = 0;
};

}  // namespace aluvia::mcp
