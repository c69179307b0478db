#include "mcp_calls.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace aluvia::app {

CallThreads::CallThreads(Run run) : run_(std::move(run)), ready_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

CallThreads::~CallThreads() {
  for (Running& one : running_) one.is_cancelled = true;
  for (Running& one : running_) one.thread.join();
}

void CallThreads::start(mcp::Call call) {
  Running& running = running_.emplace_back(std::move(call));
  running.thread = std::thread([this, &running] { run(running); });
}

void CallThreads::run(Running& running) {
  mcp::ToolResult result = run_(running.call, running.is_cancelled);
  const std::lock_guard lock(mutex_);
  ended_.push_back({running.call.id, std::move(result)});
  const std::uint64_t one = 1;
  (void)!::write(ready_.number(), &one, sizeof one);  // fails only if it is readable already
}

void CallThreads::cancel(mcp::CallId call) {
  const auto found = std::ranges::find_if(running_, [&](const Running& one) { return one.call.id == call; });
  if (found != running_.end()) found->is_cancelled = true;
}

std::vector<CallThreads::Ended> CallThreads::take() {
  std::uint64_t count = 0;
  (void)!::read(ready_.number(), &count, sizeof count);
  std::vector<Ended> out;
  {
    const std::lock_guard lock(mutex_);
    out.swap(ended_);
  }
  for (const Ended& ended : out) {
    const auto found =
        std::ranges::find_if(running_, [&](const Running& one) { return one.call.id == ended.call; });
    found->thread.join();  // it has nothing left to do
    running_.erase(found);
  }
  return out;
}

}  // namespace aluvia::app
