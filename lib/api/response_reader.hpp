// ResponseReader: the bytes of one response as the HTTP library shall see them: bounded, and without interim
// responses (1xx, RFC 9110 §15.2).
//
// It cannot go: the library puts no limit on the length of a head, and matches the status line with a
// std::regex whose recursion overflows the stack at some 20 KB. Of interim responses it knows 100 only, and
// only one without fields; it takes a 103 for the final response.
#pragma once

#include "api/user_api.hpp"
#include "base/secret_string.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include <sys/types.h>

namespace aluvia::api {

/// The facts of one call: the connection writes them, the API reads them.
struct CallState {
  bool dialed = false;              ///< this call made a new connection
  bool interim_seen = false;        ///< an interim response has begun
  bool head_seen = false;           ///< the head of the final response is complete
  std::size_t body_limit = 0;       ///< bytes
  std::optional<ApiError> failure;  ///< known before the library fails, which cannot tell the reason
};

class ResponseReader {
 public:
  /// Receives up to `size` bytes; 0 at the end of the stream, negative on an error. May block.
  using Receive = std::function<ssize_t(char* to, std::size_t size)>;

  /// Interim responses in front of one final response.
  static constexpr int most_interim = 32;

  ResponseReader(CallState& call, Receive receive) : call_(call), receive_(std::move(receive)) {}

  /// Like Receive; negative where the response exceeds a limit, and then the call has a failure.
  ssize_t read(char* to, std::size_t size);

 private:
  bool read_head();
  bool receive_more();
  bool is_interim() const;
  std::size_t head_end();
  bool reject(const char* message);

  CallState& call_;
  Receive receive_;
  SecretString buffer_;       // one head, and the bytes received behind it
  std::size_t begin_ = 0;     // of the bytes that were not read yet
  std::size_t searched_ = 0;  // no head ends before this
  std::size_t heads_ = 0;     // bytes of all heads
  std::size_t total_ = 0;     // bytes received
  int interim_ = 0;
  bool head_is_read_ = false;
};

}  // namespace aluvia::api
