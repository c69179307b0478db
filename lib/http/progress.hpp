// Progress: the result of every reader in this module: done after a number of bytes, needs more bytes, or a
// parse error.
#pragma once

#include <cstddef>
#include <string_view>

namespace aluvia::http {

/// Describes an invalid message. `status` is proposed for the response to the client (400 to 505); `why` is a
/// string literal without a part of the message, so that it can be logged and kept.
struct ParseError {
  int status = 400;
  std::string_view why;
};

class [[nodiscard]] Progress {
 public:
  enum class Kind { done, need_more, wrong };

  /// The message or body ends after `consumed` bytes. The bytes behind them belong to the next one.
  static constexpr Progress done(std::size_t consumed) noexcept { return {Kind::done, consumed, {}}; }
  static constexpr Progress need_more() noexcept { return {Kind::need_more, 0, {}}; }
  static constexpr Progress wrong(ParseError error) noexcept { return {Kind::wrong, 0, error}; }
  static constexpr Progress wrong(int status, std::string_view why) noexcept { return wrong({status, why}); }

  bool is_done() const noexcept { return kind_ == Kind::done; }
  bool needs_more() const noexcept { return kind_ == Kind::need_more; }
  bool is_wrong() const noexcept { return kind_ == Kind::wrong; }
  Kind kind() const noexcept { return kind_; }

  /// Precondition: is_done().
  std::size_t consumed() const noexcept { return consumed_; }
  /// Precondition: is_wrong().
  const ParseError& error() const noexcept { return error_; }

 private:
  constexpr Progress(Kind kind, std::size_t consumed, ParseError error) noexcept
      : kind_(kind), consumed_(consumed), error_(error) {}

  Kind kind_;
  std::size_t consumed_;
  ParseError error_;
};

}  // namespace aluvia::http
