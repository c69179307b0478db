#include "api/answer_meter.hpp"

#include <string_view>

namespace aluvia::api {
namespace {

constexpr std::size_t kStatusLineLimit = 1024;
constexpr std::size_t kHeadLimit = 64 * 1024;

}  // namespace

AnswerMeter::Verdict AnswerMeter::count(const char* bytes, std::size_t n, bool head_seen) {
  total_ += n;
  const std::size_t limit = head_seen ? kHeadLimit + 2 * body_limit_ : kHeadLimit;
  for (std::size_t i = 0; i < n && !head_seen; ++i) count_line(bytes[i]);
  if (total_ <= limit && status_line_ <= kStatusLineLimit) return Verdict::fits;
  return head_seen ? Verdict::answer_too_large : Verdict::head_too_large;
}

// Only a line that begins like a status line makes the library's regular expression recurse.
void AnswerMeter::count_line(char c) {
  constexpr std::string_view start = "HTTP/";
  looks_like_status_ =
      line_ < start.size() ? c == start[line_] && (line_ == 0 || looks_like_status_) : looks_like_status_;
  ++line_;
  status_line_ = looks_like_status_ ? line_ : 0;
  if (c == '\n') line_ = status_line_ = 0;
}

}  // namespace aluvia::api
