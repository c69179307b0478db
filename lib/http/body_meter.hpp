// BodyMeter: counts the bytes of a message body, for every kind of framing.
#pragma once

#include "http/chunk_reader.hpp"
#include "http/framing.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace aluvia::http {

class BodyMeter {
 public:
  /// `sender` decides which trailers are dropped and which are an error, see ChunkReader.
  explicit BodyMeter(Framing framing, ChunkReader::Sender sender = ChunkReader::Sender::client);

  /// Takes the next bytes received. done: the body ends after consumed() of them (0 if there is no body, so
  /// call is_complete() before reading). need_more: all bytes belong to the body. wrong: invalid chunked
  /// coding.
  Progress measure(std::string_view bytes);

  /// Returns true once the whole body has been read.
  bool is_complete() const noexcept;

  /// Tells that the connection has ended: done for until_close and complete bodies, else wrong ("ended
  /// early").
  Progress at_end() const;

  /// Returns how many bytes may be moved without measure(), for example by splice: the rest of a body with a
  /// length, the rest of the current chunk's data, UINT64_MAX for until_close. Report moved bytes to pass().
  /// Precondition of pass(): count <= opaque_bytes().
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
