// HeadOutcome: the result of an attempt to read the head of a request or a response.
#pragma once

#include "http/progress.hpp"
#include "loop/reactor.hpp"

#include <cstddef>
#include <system_error>

namespace aluvia::proxy {

struct HeadOutcome {
  enum class Kind {
    complete,       ///< the reader's head() is filled; it takes `size` bytes
    malformed,      ///< `parse_error`
    ended,          ///< the peer has ended its side
    failed,         ///< `error`; operation_aborted after the stream was cancelled
    blocked,        ///< wait for `want`, then try again
    client_failed,  ///< of a response: the client does not take an interim one any more
    socks,          ///< SOCKS instead of HTTP: the buffer holds what came
  };
  Kind kind = Kind::complete;
  std::size_t size = 0;
  http::ParseError parse_error{};
  std::error_code error{};
  loop::Want want = loop::Want::read;

  static HeadOutcome complete(std::size_t bytes) { return {Kind::complete, bytes, {}, {}, {}}; }
  static HeadOutcome malformed(const http::ParseError& what) { return {Kind::malformed, 0, what, {}, {}}; }
  static HeadOutcome socks() { return {Kind::socks, 0, {}, {}, {}}; }
  static HeadOutcome client_failed() { return {Kind::client_failed, 0, {}, {}, {}}; }
  static HeadOutcome ended() { return {Kind::ended, 0, {}, {}, {}}; }
  static HeadOutcome failed(std::error_code why) { return {Kind::failed, 0, {}, why, {}}; }
  static HeadOutcome blocked(loop::Want for_what) { return {Kind::blocked, 0, {}, {}, for_what}; }
};

}  // namespace aluvia::proxy
