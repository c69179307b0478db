// ChunkReader: parses the chunked transfer coding byte by byte (RFC 9112 §7.1).
//
//   chunked-body = *chunk last-chunk trailer-section CRLF
//   chunk        = chunk-line chunk-data CRLF          (chunk-line: see chunk_line.hpp)
//
// Strict: lines end in CRLF only; trailers follow the grammar of field lines and have at most 16 KiB. A line
// is forwarded only after all of it was checked: otherwise a prefix that the next reader accepts could pass.
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
  /// The sender of the message. In a request, a trailer that frames, routes or belongs to one hop is an
  /// error. In a response, such trailers and all others of is_forbidden_trailer() are dropped, and white
  /// space before a colon is removed (RFC 9112 §5.1).
  enum class Sender : std::uint8_t { client, server };

  explicit ChunkReader(Sender sender = Sender::client) noexcept : sender_(sender) {}

  /// Reads the next bytes of the body. done: the body ends after consumed() of them. need_more: all of them
  /// belong to the body. wrong: status 400, which the caller replaces by 502 for a response.
  Progress read(std::string_view bytes);

  struct Filtered {
    Progress progress;
    std::string held;     ///< the start of the first line, from earlier calls: forward it first
    std::size_t forward;  ///< number of bytes at the front of the buffer to forward after it
  };
  /// As read(), and moves the bytes to forward, data and complete lines, to the front of `bytes`. An
  /// incomplete line is stored in the reader (at most 16 KiB) until a later call. After `wrong`, `held` and
  /// `forward` are the valid lines before the error.
  Filtered filter(std::span<char> bytes);

  struct Stripped {
    Progress progress;
    std::size_t data;  ///< number of bytes of chunk data at the front of the buffer
  };
  /// As read(), and moves the chunk data to the front of `bytes`, for a client of HTTP/1.0, which cannot read
  /// chunks.
  Stripped strip(std::span<char> bytes);

  /// Returns the bytes left of the current chunk's data. They may be moved without read(), see skip(). 0
  /// while a line or a trailer is being read.
  std::uint64_t data_left() const noexcept;
  /// Tells the reader that `count` bytes of chunk data were moved. Precondition: count <= data_left().
  void skip(std::uint64_t count) noexcept;

 private:
  // The element of the body that the next byte belongs to. In `done` and `wrong` no byte is read.
  enum class State : std::uint8_t {
    line,
    data,
    data_cr,
    data_lf,
    trailer_name,
    trailer_space,  // between name and colon, in responses only
    trailer_value,
    trailer_lf,
    last_lf,
    done,
    wrong
  };

  template <class Output>
  Progress follow(std::string_view bytes, Output& output);
  // Each of these reads bytes from the front of `rest` and returns their number. Precondition: `rest` is not
  // empty.
  std::size_t step(std::string_view rest);
  std::size_t read_line(std::string_view rest);
  std::size_t read_trailer_name(std::string_view rest);
  std::size_t read_trailer_space(char c);
  std::size_t read_trailer_value(std::string_view rest);
  std::size_t expect(char c, char wanted, State next, std::string_view why);
  std::size_t refuse(std::string_view why);

  void end_trailer_name();
  void remember_name(std::string_view part) noexcept;

  std::uint64_t left_ = 0;  // bytes left of the current chunk's data
  std::string_view why_;    // a string literal, in state `wrong`
  std::string held_;        // the start of an incomplete line, in filter()
  ChunkLine line_;
  std::size_t trailer_bytes_ = 0;
  std::size_t name_size_ = 0;
  std::array<char, longest_forbidden_trailer> name_{};  // the first name_size_ characters that fit
  Sender sender_;
  bool drops_line_ = false;  // applies to the current trailer
  State state_ = State::line;
};

}  // namespace aluvia::http
