// The bytes of one answer, as the HTTP library shall see them: interim answers left out, and bounded.
#pragma once

#include "api/answer_meter.hpp"
#include "api/interim_answers.hpp"
#include "api/user_api.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <optional>

#include <sys/types.h>

namespace aluvia::api {

/// The facts of one call: the connection writes them, the API reads them.
struct CallState {
  bool dialed = false;              ///< this call made a new connection
  bool interim_seen = false;        ///< an interim answer has begun
  bool head_seen = false;           ///< the final answer's head is complete
  std::size_t body_limit = 0;       ///< bytes
  std::optional<ApiError> failure;  ///< what the library cannot tell
};

class AnswerReader {
 public:
  /// Receives up to `size` bytes; 0 at the end of the stream, negative where it broke. May block.
  using Receive = std::function<ssize_t(char* to, std::size_t size)>;

  AnswerReader(CallState& call, Receive receive)
      : call_(call), receive_(std::move(receive)), meter_(call.body_limit) {}
  ~AnswerReader();  // wipes
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;

  /// Like Receive, and negative where the answer is larger than it may be: then the call has a failure.
  ssize_t read(char* to, std::size_t size);

 private:
  bool fill();
  std::size_t skip_interim_answers();
  bool within_limits(const char* bytes, std::size_t n);

  CallState& call_;
  Receive receive_;
  std::array<char, 4096> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  ssize_t end_of_stream_ = 0;
  InterimAnswers interim_;
  AnswerMeter meter_;
};

}  // namespace aluvia::api
