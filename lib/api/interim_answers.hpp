// Finds the interim answers (1xx, RFC 9110 §15.2) in front of a final one, as 100 Continue and 103 Early
// Hints: bytes in, the number of bytes to skip out. A 101 is no interim answer here: nothing asks for it.
#pragma once

#include <cstddef>
#include <string_view>

namespace aluvia::api {

class InterimAnswers {
 public:
  /// In front of one final answer. An API that needs more has lost its way.
  static constexpr int most = 32;
  /// `skip()` needs that many bytes at most to know what begins: a status line up to behind its code.
  static constexpr std::size_t longest_undecided = 13;

  enum class Next {
    undecided,  ///< too few bytes: give those that were not skipped once more, with what follows
    final,      ///< the next byte that was not skipped is the final answer's, or no HTTP
    too_many,
  };

  /// How many of `bytes` belong to interim answers: they come first. `bytes` follows what was skipped before.
  std::size_t skip(std::string_view bytes);
  Next next() const noexcept { return next_; }
  /// True once one has begun.
  bool seen() const noexcept { return count_ > 0; }

 private:
  std::size_t skip_fields(std::string_view bytes);

  Next next_ = Next::undecided;
  int count_ = 0;
  bool in_fields_ = false;      // inside an interim answer's head, behind its code
  bool line_is_empty_ = false;  // of that head, so far
};

}  // namespace aluvia::api
