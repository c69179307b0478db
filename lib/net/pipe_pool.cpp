#include "net/pipe_pool.hpp"

#include <array>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace aluvia::net {
namespace {

// As much as an unprivileged process may ask for; one that has used up its share gets 64 KiB or less, which
// works too.
constexpr int pipe_size = 1024 * 1024;
// Enough for the bulk streams of one agent. An idle pipe holds two descriptors and no pages.
constexpr std::size_t kept = 8;

// splice(2) into a broken connection raises SIGPIPE and has no flag against it.
void block_sigpipe() noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Pipe& Pipe::operator=(Pipe&& other) noexcept {
  std::swap(read_end_, other.read_end_);
  std::swap(write_end_, other.write_end_);
  return *this;
}

Pipe::~Pipe() {
  if (read_end_ < 0) return;
  ::close(read_end_);
  ::close(write_end_);
}

Pipe PipePool::take() {
  if (engaged_ == limit) return {};
  if (!idle_.empty()) {
    Pipe pipe = std::move(idle_.back());
    idle_.pop_back();
    ++engaged_;
    return pipe;
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) return {};
  ::fcntl(ends[1], F_SETPIPE_SZ, pipe_size);
  block_sigpipe();
  ++engaged_;
  return {ends[0], ends[1]};
}

void PipePool::put(Pipe pipe, bool is_empty) {
  if (!pipe) return;
  --engaged_;
  if (is_empty && idle_.size() < kept) idle_.push_back(std::move(pipe));
}

}  // namespace aluvia::net
