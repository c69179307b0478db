// ResponseReader: passes the bytes of one response to cpp-httplib, bounded and without interim responses
// (1xx, RFC 9110 §15.2).
//
// It cannot go: the library does not limit the length of a head, and matches the status line with a
// std::regex whose recursion overflows the stack at some 20 KB. It skips one interim response, only a 100,
// and only one without fields; it takes a 103 for the final response. Chunk extensions and trailers have no
// limit in it.
#pragma once

#include "api/user_api.hpp"
#include "base/secret_string.hpp"
#include "http/head.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <sys/types.h>

namespace aluvia::api {

/// State of one attempt of a call. The connection writes it; the call reads it.
struct CallState {
  bool dialed = false;              ///< this attempt made a new connection
  bool answered = false;            ///< a byte of a response has arrived
  bool keeps_alive = false;         ///< the API keeps the connection open after the response (RFC 9112 §9.3)
  std::size_t body_limit = 0;       ///< bytes
  std::optional<ApiError> failure;  ///< a reason that the library cannot tell
};

/// The error of a body of more than `limit` bytes.
ApiError body_too_large(std::size_t limit);

class ResponseReader {
 public:
  /// Receives up to `size` bytes; 0 at the end of the stream, negative on an error. Blocks.
  using Receive = std::function<ssize_t(char* to, std::size_t size)>;

  /// Limit of interim responses before one final response.
  static constexpr int most_interim = 32;

  ResponseReader(CallState& call, Receive receive) : call_(call), receive_(std::move(receive)) {}

  /// Like Receive. Negative also if the response is invalid or exceeds a limit; the call then has a failure.
  ssize_t read(char* to, std::size_t size);

 private:
  bool read_head();
  bool accept_head(const http::ResponseHead& head);
  ssize_t receive(char* to, std::size_t size);
  bool receive_more();
  bool reject(ApiError::Cause cause, std::string_view message);
  bool reject_as_invalid(std::string_view why);

  CallState& call_;
  Receive receive_;
  SecretString buffer_;    // the final head, and the bytes received behind it
  std::size_t begin_ = 0;  // of the bytes that have not been read
  std::size_t heads_ = 0;  // bytes of interim heads
  std::size_t total_ = 0;  // bytes received
  int interim_ = 0;        // responses
  bool head_is_read_ = false;
};

}  // namespace aluvia::api
