// Reads the head of a response from a stream, and says how reading any head ended.
#pragma once

#include "http/head.hpp"
#include "net/stream.hpp"

#include <span>
#include <string>

namespace aluvia::proxy {

struct HeadOutcome {
  enum class Kind {
    complete,   ///< the reader's head() is filled; `size` bytes of the buffer are it
    malformed,  ///< `parse_error`
    ended,      ///< the peer ended; the buffer holds what came before
    failed,     ///< `error`; operation_aborted after the stream was cancelled
    blocked,    ///< wait for `want`, then try again
    socks,      ///< SOCKS instead of HTTP: the buffer holds what came
  };
  Kind kind = Kind::complete;
  std::size_t size = 0;
  http::ParseError parse_error{};
  std::error_code error{};
  loop::Want want = loop::Want::read;

  static HeadOutcome complete(std::size_t bytes) { return {Kind::complete, bytes, {}, {}, {}}; }
  static HeadOutcome malformed(const http::ParseError& what) { return {Kind::malformed, 0, what, {}, {}}; }
  static HeadOutcome socks() { return {Kind::socks, 0, {}, {}, {}}; }
  static HeadOutcome ended() { return {Kind::ended, 0, {}, {}, {}}; }
  static HeadOutcome failed(std::error_code why) { return {Kind::failed, 0, {}, why, {}}; }
  static HeadOutcome blocked(loop::Want for_what) { return {Kind::blocked, 0, {}, {}, for_what}; }
};

/// Reads what is there, until `buffer` begins with a whole head; `blocked` where more has to come. `buffer`
/// may already hold bytes, and may hold more than the head afterwards. The head's views point into `buffer`.
template <class Reader>
HeadOutcome try_head(net::Stream& stream, std::string& buffer, Reader& reader, std::span<char> loop_buffer) {
  using Status = net::IoResult::Status;
  http::Progress progress = buffer.empty() ? http::Progress::need_more() : reader.read(buffer);
  while (progress.needs_more()) {
    const net::IoResult got = stream.try_read(loop_buffer);
    if (got.status == Status::blocked) return HeadOutcome::blocked(got.want);
    if (got.status == Status::ended) return HeadOutcome::ended();
    if (got.status == Status::failed) return HeadOutcome::failed(got.error);
    buffer.append(loop_buffer.data(), got.bytes);
    progress = reader.read(buffer);
  }
  if (progress.is_wrong()) return HeadOutcome::malformed(progress.error());
  return HeadOutcome::complete(progress.consumed());
}

}  // namespace aluvia::proxy
