// The chunked transfer coding (RFC 9112 §7.1), followed byte by byte. Knows nothing of what the data means,
// who sent it and where it goes.
//
//   chunked-body = *chunk last-chunk trailer-section CRLF
//   chunk        = chunk-line chunk-data CRLF          (chunk-line: see chunk_line.hpp)
//
// Strict: lines end in CRLF only, trailers are as strict as field lines and have 16 KiB at most. A line is
// forwarded once it is known to be good, never a part of it.
#pragma once

#include "http/chunk_line.hpp"
#include "http/progress.hpp"
#include "http/trailer_fields.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace aluvia::http {

class ChunkReader {
 public:
  /// Of whose message the trailers are. A request with a trailer that frames, routes or belongs to one hop is
  /// refused. Of a response such trailers are dropped, with all that is_forbidden_trailer() names, and so is
  /// white space before a colon (RFC 9112 §5.1).
  enum class Sender : std::uint8_t { client, server };

  explicit ChunkReader(Sender sender = Sender::client) noexcept : sender_(sender) {}

  /// Follows the next bytes of the body. done: the body ends after consumed() of them. need_more: all of them
  /// belong to the body. wrong: status 400; the caller who reads a response makes it 502.
  Progress read(std::string_view bytes);

  struct Filtered {
    Progress progress;
    std::string held;     ///< the beginning of the first line, from earlier calls: forward it first
    std::size_t forward;  ///< so many bytes at the front of the buffer are to be forwarded after it
  };
  /// As read(), and moves to the front of `bytes` what may be forwarded: data and whole lines. The beginning
  /// of a line whose end has not come is kept here (16 KiB at most) until a later call. After `wrong`, `held`
  /// and `forward` are the good lines before the fault.
  Filtered filter(std::span<char> bytes);

  struct Stripped {
    Progress progress;
    std::size_t data;  ///< so many bytes of chunk data stand at the front of the buffer now
  };
  /// As read(), and moves the chunk data to the front of `bytes`, for a client that cannot read chunks
  /// (HTTP/1.0).
  Stripped strip(std::span<char> bytes);

  /// Bytes of chunk data that are still to come in the chunk now being read: what may be moved unread
  /// (see skip()). 0 while a line or the trailers are being read.
  std::uint64_t data_left() const noexcept;
  /// Tells the reader that `count` bytes of chunk data passed by unseen. Precondition: count <= data_left().
  void skip(std::uint64_t count) noexcept;

 private:
  // The part of the body that the next byte belongs to. From `done` on no byte is looked at any more.
  enum class State : std::uint8_t {
    line,
    data,
    data_cr,
    data_lf,
    trailer_name,
    trailer_space,  // between name and colon; of responses only
    trailer_value,
    trailer_lf,
    last_lf,
    done,
    wrong
  };

  template <class Output>
  Progress follow(std::string_view bytes, Output& output);
  // These take bytes from the front of `rest`, which is not empty, and return their number.
  std::size_t step(std::string_view rest);
  std::size_t read_line(std::string_view rest);
  std::size_t read_trailer_name(std::string_view rest);
  std::size_t read_trailer_space(char c);
  std::size_t read_trailer_value(std::string_view rest);
  std::size_t expect(char c, char wanted, State next, std::string_view why);
  std::size_t refuse(std::string_view why);

  void end_trailer_name();
  void remember_name(std::string_view part) noexcept;

  std::uint64_t left_ = 0;  // the data still to come
  std::string_view why_;    // a literal, in state `wrong`
  std::string held_;        // the beginning of a line, until filter() sees its end
  ChunkLine line_;
  std::size_t trailer_bytes_ = 0;
  std::size_t name_size_ = 0;
  std::array<char, longest_forbidden_trailer> name_{};  // the first name_size_ characters, as far as they fit
  Sender sender_;
  bool drops_line_ = false;  // the trailer now being read
  State state_ = State::line;
};

}  // namespace aluvia::http
