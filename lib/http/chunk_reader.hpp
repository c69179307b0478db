// The chunked transfer coding (RFC 9112 §7.1), followed byte by byte without keeping any of them.
//
//   chunked-body = *chunk last-chunk trailer-section CRLF
//   chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
//
// Strict: hex digits only in sizes (16 at most), CRLF only, extensions without control characters and 4 KiB
// at most between two chunks, trailers as strict as field lines, 16 KiB at most, and none of those that
// would frame or route a message (Transfer-Encoding, Content-Length, Host, Trailer).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "http/progress.hpp"

namespace aluvia::http {

class ChunkReader {
 public:
  /// Follows the next bytes of the body. done: the body ends after consumed() of them. need_more: all of them
  /// belong to the body. wrong: status 400; the caller who reads a response makes it 502.
  Progress read(std::string_view bytes);

  struct Stripped {
    Progress progress;
    std::size_t data;  ///< so many bytes of chunk data stand at the front of the buffer now
  };
  /// As read(), and moves the chunk data to the front of `bytes`, for a client that cannot read chunks
  /// (HTTP/1.0).
  Stripped strip(std::span<char> bytes);

  /// Bytes of chunk data that are still to come in the chunk now being read: what may be moved unread
  /// (see skip()). 0 while a size line or the trailers are being read.
  std::uint64_t data_left() const noexcept;
  /// Tells the reader that `count` bytes of chunk data passed by unseen. Precondition: count <= data_left().
  void skip(std::uint64_t count) noexcept;
};

}  // namespace aluvia::http
