// CallThreads: runs calls of tools, each on a thread of its own, because the client of the control socket
// blocks.
#pragma once

#include "file_descriptor.hpp"
#include "mcp/server.hpp"

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace aluvia::app {

/// Used by one thread; mcp::Server limits the number of calls.
class CallThreads {
 public:
  using Run = std::function<mcp::ToolResult(const mcp::Call& call, const std::atomic<bool>& is_cancelled)>;

  /// `run` is called on the threads.
  explicit CallThreads(Run run);
  /// Cancels the calls and waits for them.
  ~CallThreads();
  CallThreads(const CallThreads&) = delete;
  CallThreads& operator=(const CallThreads&) = delete;

  /// Returns a descriptor that is readable when take() has something to return.
  int ready() const noexcept { return ready_.number(); }
  void start(mcp::Call call);
  void cancel(mcp::CallId call);

  struct Ended {
    mcp::CallId call;
    mcp::ToolResult result;
  };
  /// Returns the calls that have ended since the last time.
  std::vector<Ended> take();

 private:
  struct Running {
    explicit Running(mcp::Call one) : call(std::move(one)) {}

    mcp::Call call;
    std::atomic<bool> is_cancelled{false};
    std::thread thread;
  };

  void run(Running& running);

  const Run run_;
  const FileDescriptor ready_;  // an eventfd
  std::list<Running> running_;
  std::mutex mutex_;
  std::vector<Ended> ended_;  // guarded by mutex_
};

}  // namespace aluvia::app
