// ChunkLine: parses the line before chunk data, size and extensions, byte by byte (RFC 9112 §7.1, §7.1.1).
// It stores no byte of the line.
//
//   chunk-line     = chunk-size [ chunk-ext ] CRLF
//   chunk-size     = 1*HEXDIG
//   chunk-ext      = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
//   chunk-ext-name = token
//   chunk-ext-val  = token / quoted-string
//
// Limits: 16 digits, 4 KiB of extensions. No deviation from this grammar is accepted: the line is forwarded
// unchanged, and other readers disagree about everything else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aluvia::http {

class ChunkLine {
 public:
  /// Reads bytes from the front of `bytes` and returns their number: all of them, or those up to the LF that
  /// completes the line, or those before the first invalid one.
  std::size_t read(std::string_view bytes) noexcept;

  bool is_complete() const noexcept { return state_ == State::complete; }
  bool is_wrong() const noexcept { return state_ == State::wrong; }
  /// Returns a string literal. Precondition: is_wrong().
  std::string_view why() const noexcept { return why_; }
  /// Precondition: is_complete().
  std::uint64_t size() const noexcept { return size_; }

 private:
  // The element of the line that the next byte belongs to or ends.
  enum class State : std::uint8_t {
    size,
    before_semicolon,  // BWS behind a size or a value
    before_name,
    name,
    after_name,  // BWS behind a name
    before_value,
    token,
    quoted,
    escaped,  // behind a backslash
    after_quoted,
    lf,
    complete,
    wrong
  };

  State next(char c) noexcept;
  State next_in_size(char c) noexcept;
  State end_element(char c) noexcept;
  State refuse(std::string_view why) noexcept;

  std::uint64_t size_ = 0;
  std::string_view why_;
  std::uint16_t digits_ = 0;
  std::uint16_t extension_ = 0;  // bytes behind the size
  State state_ = State::size;
};

}  // namespace aluvia::http
