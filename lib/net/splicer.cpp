#include "net/splicer.hpp"

#include "base/posix.hpp"
#include "net/error.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace aluvia::net {
namespace {

ssize_t splice_some(int from, int to, std::size_t limit) noexcept {
  return retry_on_eintr(
      [&] { return ::splice(from, nullptr, to, nullptr, limit, SPLICE_F_MOVE | SPLICE_F_NONBLOCK); });
}

IoResult result_of(ssize_t moved, loop::Want want) noexcept {
  if (moved > 0) return {IoResult::Status::moved, static_cast<std::size_t>(moved), want, {}};
  if (moved == 0) return {IoResult::Status::ended, 0, want, {}};
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoResult::Status::blocked, 0, want, {}};
  return {IoResult::Status::failed, 0, want, {errno, std::generic_category()}};
}

// The error of a stream whose bytes are spent.
IoResult allowance_spent(loop::Want want) noexcept {
  return {IoResult::Status::failed, 0, want, NetError::allowance_spent};
}

}  // namespace

bool Splicer::engage() {
  if (!pipe_) pipe_ = pool_.take();
  return is_engaged();
}

void Splicer::release() noexcept {
  pool_.put(std::move(pipe_), std::exchange(held_, 0) == 0);
  stalled_.clear();
}

IoResult Splicer::fill(Stream& source, std::size_t limit) noexcept {
  limit = source.allowed(limit);
  if (limit == 0) return allowance_spent(loop::Want::read);
  const IoResult got =
      result_of(splice_some(source.native_handle(), pipe_.write_end(), limit), loop::Want::read);
  if (got.status == IoResult::Status::moved) {
    held_ = got.bytes;
    source.note_spliced(loop::Want::read, got.bytes);
  }
  return got;
}

IoResult Splicer::drain(Stream& sink) {
  const std::size_t most = sink.allowed(held_);
  if (most == 0) return allowance_spent(loop::Want::write);
  const IoResult put =
      result_of(splice_some(pipe_.read_end(), sink.native_handle(), most), loop::Want::write);
  if (put.status == IoResult::Status::moved) {
    held_ -= put.bytes;
    sink.note_spliced(loop::Want::write, put.bytes);
  }
  if (put.status == IoResult::Status::blocked) {
    stalled_.set_after(stall);
  } else if (held_ == 0) {
    stalled_.clear();
  }
  return put;
}

std::size_t Splicer::unload(std::span<char> into) noexcept {
  const std::size_t wanted = std::min(held_, into.size());
  std::size_t taken = 0;
  while (taken < wanted) {
    const ssize_t got =
        retry_on_eintr([&] { return ::read(pipe_.read_end(), into.data() + taken, wanted - taken); });
    if (got <= 0) break;
    taken += static_cast<std::size_t>(got);
  }
  held_ -= taken;
  if (held_ == 0) release();
  return taken;
}

}  // namespace aluvia::net
