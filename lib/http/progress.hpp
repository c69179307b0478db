// The three honest answers of every reader in this room: "done, this many bytes", "I need more", "this
// is wrong". Who has learnt one reader has learnt all of them.
#pragma once

#include <cstddef>
#include <string_view>

namespace aluvia::http {

/// What is wrong with a message, and the status that its finder proposes for the answer to a client.
/// `why` is a literal: it lives for ever and holds nothing of the message.
struct ParseError {
  int status = 400;
  std::string_view why;
};

class [[nodiscard]] Progress {
 public:
  enum class Kind { done, need_more, wrong };

  /// The message (or body) ends after `consumed` of the bytes given; what follows is not its own.
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
