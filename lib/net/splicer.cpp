#include "net/splicer.hpp"

#include <cerrno>

#include <fcntl.h>

namespace aluvia::net {
namespace {

ssize_t splice_some(int from, int to, std::size_t limit) noexcept {
  ssize_t moved = 0;
  do {
    moved = ::splice(from, nullptr, to, nullptr, limit, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  } while (moved < 0 && errno == EINTR);
  return moved;
}

IoResult result_of(ssize_t moved, Want want) noexcept {
  if (moved > 0) return {IoResult::Status::moved, static_cast<std::size_t>(moved), want, {}};
  if (moved == 0) return {IoResult::Status::ended, 0, want, {}};
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoResult::Status::blocked, 0, want, {}};
  return {IoResult::Status::failed, 0, want, {errno, std::generic_category()}};
}

}  // namespace

bool Splicer::engage() {
  if (!pipe_) pipe_ = pool_.take();
  return is_engaged();
}

void Splicer::release() noexcept {
  if (held_ == 0) pool_.put(std::move(pipe_));
  pipe_ = Pipe{};
  held_ = 0;
}

IoResult Splicer::fill(Stream& source, std::size_t limit) noexcept {
  const IoResult got = result_of(splice_some(source.native_handle(), pipe_.write_end(), limit), Want::read);
  if (got.status == IoResult::Status::moved) held_ = got.bytes;
  return got;
}

IoResult Splicer::drain(Stream& sink) noexcept {
  const IoResult put = result_of(splice_some(pipe_.read_end(), sink.native_handle(), held_), Want::write);
  if (put.status == IoResult::Status::moved) held_ -= put.bytes;
  return put;
}

}  // namespace aluvia::net
