#include "relay/pipe_pool.hpp"

#include <array>

#include <fcntl.h>

namespace aluvia::bench {
namespace {

constexpr std::size_t most_spare = 16;
constexpr int pipe_size = 1 << 20;

}  // namespace

std::unique_ptr<Pipe> PipePool::take() {
  if (!spare_.empty()) {
    auto pipe = std::move(spare_.back());
    spare_.pop_back();
    return pipe;
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) return nullptr;
  ::fcntl(ends[1], F_SETPIPE_SZ, pipe_size);
  return std::make_unique<Pipe>(Pipe{Fd(ends[0]), Fd(ends[1])});
}

void PipePool::give_back(std::unique_ptr<Pipe> pipe) {
  if (spare_.size() < most_spare) spare_.push_back(std::move(pipe));
}

}  // namespace aluvia::bench
