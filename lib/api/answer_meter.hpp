// How much of an answer has come, and when it is too much: bytes in, a verdict out.
#pragma once

#include <cstddef>

namespace aluvia::api {

class AnswerMeter {
 public:
  enum class Verdict { fits, head_too_large, answer_too_large };

  /// `body_limit` is in bytes. A head has 64 KiB, and a line that begins like a status line 1 KiB.
  explicit AnswerMeter(std::size_t body_limit) : body_limit_(body_limit) {}

  /// The next bytes, in order. `head_seen`: the head had ended before them. Chunk sizes and extensions are
  /// covered by the generous limit on the whole.
  Verdict count(const char* bytes, std::size_t n, bool head_seen);

 private:
  void count_line(char c);

  std::size_t body_limit_;
  std::size_t total_ = 0;
  std::size_t line_ = 0;
  std::size_t status_line_ = 0;
  bool looks_like_status_ = false;
};

}  // namespace aluvia::api
