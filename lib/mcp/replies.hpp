// Replies: collects the replies to one line and sends them as one line.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace aluvia::mcp {

/// A line of output without its line feed.
using Send = std::function<void(std::string_view line)>;

/// Shared by the messages of a line, of which some are answered later. A batch is answered by one list, when
/// its last message is done; nothing is sent if no message has a reply (JSON-RPC 2.0, section 6).
class Replies {
 public:
  /// Expects `messages` calls of add() and skip() together.
  Replies(Send send, bool is_batch, std::size_t messages);

  void add(std::string_view reply);
  /// For a message without a reply: a notification or a request that was cancelled.
  void skip();

 private:
  const Send send_;
  const bool is_batch_;
  std::size_t left_;
  std::string list_;
};

}  // namespace aluvia::mcp
