#include "relay/direction.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/socket.h>

namespace aluvia::bench {
namespace {

// A read of this size or more makes the next one a splice, also when the socket is empty for now: below it,
// the two system calls through a pipe cost more than the copy that they save.
constexpr std::size_t large = 16 * 1024;
constexpr std::size_t splice_size = 512 * 1024;

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

}  // namespace

Progress Direction::move(End& from, End& to, Shared& shared) {
  if (ended_) return Progress::ended;
  for (std::size_t moved = 0; moved < shared.budget; moved += last_) {
    Step step = flush(to, shared);
    if (step == Step::moved && input_over_) {
      ::shutdown(to.fd.get(), SHUT_WR);
      ended_ = true;
      return Progress::ended;
    }
    if (step == Step::moved) step = fill(from, to, shared);
    if (step == Step::failed) return Progress::failed;
    if (step == Step::waits) return Progress::waits;
  }
  return Progress::used_its_turn;
}

// moved: nothing is left over from earlier.
Direction::Step Direction::flush(End& to, Shared& shared) {
  if (unsent_.empty() && !pipe_) return Step::moved;
  if (!to.writable) return Step::waits;
  const Step step = send_unsent(to);
  return step == Step::moved && pipe_ ? drain_pipe(to, shared) : step;
}

Direction::Step Direction::send_unsent(End& to) {
  if (unsent_.empty()) return Step::moved;
  const ssize_t sent = ::send(to.fd.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
  if (sent < 0 && !would_block()) return Step::failed;
  unsent_.erase(0, sent < 0 ? 0 : static_cast<std::size_t>(sent));
  if (!unsent_.empty()) {
    to.writable = false;
    return Step::waits;
  }
  std::string().swap(unsent_);
  return Step::moved;
}

Direction::Step Direction::drain_pipe(End& to, Shared& shared) {
  while (in_pipe_ > 0) {
    const ssize_t sent = ::splice(pipe_->out.get(), nullptr, to.fd.get(), nullptr, in_pipe_,
                                  SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (sent <= 0 && !would_block()) return Step::failed;
    if (sent <= 0) {
      to.writable = false;
      return Step::waits;
    }
    in_pipe_ -= static_cast<std::size_t>(sent);
  }
  shared.pipes.give_back(std::move(pipe_));
  return Step::moved;
}

Direction::Step Direction::fill(End& from, End& to, Shared& shared) {
  if (!from.readable || !to.writable) return Step::waits;
  if (last_ >= large) pipe_ = shared.pipes.take();
  const Step step = pipe_ ? splice_in(from, shared) : copy(from, to, shared);
  if (step == Step::end) {
    input_over_ = true;
    last_ = 0;
    return Step::moved;
  }
  return step;
}

// A read that got less than it asked for has emptied the socket; the next byte brings an event of its own.
Direction::Step Direction::copy(End& from, End& to, Shared& shared) {
  const ssize_t got = ::recv(from.fd.get(), shared.buffer.data(), shared.buffer.size(), 0);
  if (got == 0) return Step::end;
  if (got < 0 && !would_block()) return Step::failed;
  last_ = got < 0 ? 0 : static_cast<std::size_t>(got);
  if (last_ < shared.buffer.size() && !from.hung_up) from.readable = false;
  if (got < 0) {
    from.readable = false;
    return Step::waits;
  }
  const ssize_t sent = ::send(to.fd.get(), shared.buffer.data(), last_, MSG_NOSIGNAL);
  if (sent < 0 && !would_block()) return Step::failed;
  const std::size_t done = sent < 0 ? 0 : static_cast<std::size_t>(sent);
  unsent_.append(shared.buffer.data() + done, last_ - done);
  if (done < last_) to.writable = false;
  return Step::moved;
}

Direction::Step Direction::splice_in(End& from, Shared& shared) {
  const ssize_t got = ::splice(from.fd.get(), nullptr, pipe_->in.get(), nullptr, splice_size,
                               SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (got > 0) {
    last_ = in_pipe_ = static_cast<std::size_t>(got);
    return Step::moved;
  }
  shared.pipes.give_back(std::move(pipe_));
  if (got == 0) return Step::end;
  if (!would_block()) return Step::failed;
  from.readable = false;
  return Step::waits;
}

}  // namespace aluvia::bench
