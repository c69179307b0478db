// Reads one head from a stream: the only loop that waits for one, for requests and responses alike.
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
  };
  Kind kind = Kind::complete;
  std::size_t size = 0;
  http::ParseError parse_error{};
  std::error_code error{};
};

/// Reads until `buffer` begins with a whole head. `buffer` may already hold bytes, and may hold more than the
/// head afterwards. The head's views point into `buffer`.
template <class Reader>
loop::Task<HeadOutcome> read_head(net::Stream& stream, std::string& buffer, Reader& reader,
                                  std::span<char> loop_buffer) {
  http::Progress progress = buffer.empty() ? http::Progress::need_more() : reader.read(buffer);
  while (progress.needs_more()) {
    const net::IoResult got = stream.try_read(loop_buffer);
    if (got.status == net::IoResult::Status::moved) {
      buffer.append(loop_buffer.data(), got.bytes);
      progress = reader.read(buffer);
      continue;
    }
    if (got.status == net::IoResult::Status::ended)
      co_return HeadOutcome{HeadOutcome::Kind::ended, 0, {}, {}};
    std::error_code error = got.error;
    if (got.status == net::IoResult::Status::blocked) error = co_await stream.ready(got.want);
    if (error) co_return HeadOutcome{HeadOutcome::Kind::failed, 0, {}, error};
  }
  if (progress.is_wrong()) co_return HeadOutcome{HeadOutcome::Kind::malformed, 0, progress.error(), {}};
  co_return HeadOutcome{HeadOutcome::Kind::complete, progress.consumed(), {}, {}};
}

}  // namespace aluvia::proxy
