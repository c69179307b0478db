// The chunked transfer coding (RFC 9112 §7.1), followed byte by byte without keeping any of them.
// Knows nothing of what the data means, who sent it and where it goes.
//
//   chunked-body = *chunk last-chunk trailer-section CRLF
//   chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
//
// Strict: hex digits only in sizes (16 at most), CRLF only, extensions without control characters and 4 KiB
// at most between two chunks, trailers as strict as field lines, 16 KiB at most, and none of those that
// would frame or route a message, or that end with a hop (RFC 9110 §6.5.1): a trailer is passed on as it is,
// so it would carry past us what forward.cpp keeps back in a head.
//
// Stricter than the RFC on purpose: no white space after a size, not even before ';', and no HTAB in an
// extension. The bytes are passed on as they are, and readers differ over what such a size line says.
#pragma once

#include "http/progress.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

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

 private:
  // What the next byte must be. From `done` on no byte is looked at any more.
  enum class State : std::uint8_t {
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    done,
    wrong
  };

  template <class OnData>
  Progress follow(std::string_view bytes, OnData on_data);
  // These take bytes from the front of `rest`, which is not empty, and tell how many.
  std::size_t step(std::string_view rest);
  std::size_t read_size(char c);
  std::size_t read_extension(std::string_view rest);
  std::size_t read_trailer_name(std::string_view rest);
  std::size_t read_trailer_value(std::string_view rest);
  std::size_t expect(char c, char wanted, State next, std::string_view why);
  std::size_t refuse(std::string_view why);

  void end_size_line() noexcept;
  void remember_name(std::string_view part) noexcept;
  bool is_forbidden_name() const noexcept;

  static constexpr std::size_t longest_forbidden_name = 25;  // Proxy-Authentication-Info

  std::uint64_t left_ = 0;  // size while it is being read, then the data still to come
  std::string_view why_;    // a literal, in state `wrong`
  std::size_t spent_ = 0;   // digits of the size, then bytes of the extension; bytes of the trailers
  std::size_t name_size_ = 0;
  std::array<char, longest_forbidden_name> name_{};  // the first name_size_ characters, as far as they fit
  State state_ = State::size;
};

}  // namespace aluvia::http
