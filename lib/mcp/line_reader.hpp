// LineReader: splits a stream of bytes into lines of bounded length, the framing of MCP on stdio.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace aluvia::mcp {

class LineReader {
 public:
  /// Called for each line without its line feed and a carriage return before it. Not called for empty lines.
  using OnLine = std::function<void(std::string_view line)>;
  /// Called once for each line that is longer than the limit, as soon as that is known.
  using OnTooLong = std::function<void()>;

  /// `longest` is in bytes, without the line feed.
  LineReader(std::size_t longest, OnLine on_line, OnTooLong on_too_long);

  void feed(std::string_view bytes);
  /// Tells the end of the stream: what has come since the last line feed is a line, too.
  void finish();

 private:
  void append(std::string_view bytes);
  void end_line();

  const std::size_t longest_;
  const OnLine on_line_;
  const OnTooLong on_too_long_;
  std::string begun_;         // of the current line; its memory is freed with each line
  bool is_skipping_ = false;  // until the end of a line that was too long
};

}  // namespace aluvia::mcp
