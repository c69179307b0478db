// Counts a body through: of the bytes received, which are the message's own? One face for all framings.
#pragma once

#include "http/chunk_reader.hpp"
#include "http/framing.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace aluvia::http {

class BodyMeter {
 public:
  /// `sender` says whose trailers may be dropped rather than refused, see ChunkReader.
  explicit BodyMeter(Framing framing, ChunkReader::Sender sender = ChunkReader::Sender::client);

  /// The next bytes received. done: the body ends after consumed() of them (0 where there is no body: ask
  /// is_complete() before reading at all). need_more: all are the body's. wrong: bad chunked coding.
  Progress measure(std::string_view bytes);

  /// Whether the whole body has been seen.
  bool is_complete() const noexcept;

  /// The connection ended here: done for until_close and complete bodies, else wrong ("ended early").
  Progress at_end() const;

  /// Bytes that may be moved without being looked at: the rest of a length body, the rest of the current
  /// chunk's data, no bound (UINT64_MAX) for until_close. Tell pass() how many were moved.
  std::uint64_t opaque_bytes() const noexcept;
  void pass(std::uint64_t count) noexcept;

  const Framing& framing() const noexcept { return framing_; }

 private:
  Framing framing_;
  std::uint64_t left_ = 0;
  bool complete_ = false;
  ChunkReader chunks_;
};

}  // namespace aluvia::http
