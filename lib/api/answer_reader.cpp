#include "api/answer_reader.hpp"

#include <algorithm>
#include <cstring>

#include <string.h>  // explicit_bzero

namespace aluvia::api {

using Cause = ApiError::Cause;

AnswerReader::~AnswerReader() {
  explicit_bzero(buffer_.data(), buffer_.size());
}

ssize_t AnswerReader::read(char* to, std::size_t size) {
  if (begin_ == end_ && !fill()) return end_of_stream_;
  if (call_.failure) return -1;
  const std::size_t n = std::min(size, end_ - begin_);
  std::memcpy(to, buffer_.data() + begin_, n);
  begin_ += n;
  return within_limits(to, n) ? static_cast<ssize_t>(n) : -1;
}

// Until the buffer holds something that belongs to the final answer; false at the end of the stream.
bool AnswerReader::fill() {
  std::size_t held = 0;  // bytes at the front that may begin an interim answer
  do {
    begin_ = 0;
    const ssize_t got = receive_(buffer_.data() + held, buffer_.size() - held);
    end_ = held + static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    if (got <= 0) {
      end_of_stream_ = got;
      return end_ > 0;
    }
    held = skip_interim_answers();
  } while (begin_ == end_);
  return true;
}

// Moves the part of a status line that is undecided to the front and returns its size.
std::size_t AnswerReader::skip_interim_answers() {
  using Next = InterimAnswers::Next;
  if (interim_.next() == Next::final) return 0;
  begin_ = interim_.skip({buffer_.data(), end_});
  call_.interim_seen = interim_.seen();
  if (interim_.next() == Next::too_many) {
    call_.failure = no_response(Cause::too_large, "more than " + std::to_string(InterimAnswers::most) +
                                                      " interim answers came before the final one");
  }
  if (!within_limits(buffer_.data(), begin_) || call_.failure || interim_.next() == Next::final) {
    if (call_.failure) begin_ = 0;  // there is something to read, and reading it fails
    return 0;
  }
  const std::size_t held = end_ - begin_;
  std::memmove(buffer_.data(), buffer_.data() + begin_, held);
  begin_ = end_;
  return held;
}

// The library reads a head byte by byte, because it reads it in lines.
bool AnswerReader::within_limits(const char* bytes, std::size_t n) {
  using Verdict = AnswerMeter::Verdict;
  const auto verdict = meter_.count(bytes, n, call_.head_seen);
  if (verdict == Verdict::fits) return true;
  call_.failure =
      no_response(Cause::too_large, verdict == Verdict::head_too_large ? "the answer's head is too large"
                                                                       : "the answer is too large");
  return false;
}

}  // namespace aluvia::api
