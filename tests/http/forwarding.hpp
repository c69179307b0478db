// Forwards heads from text to text, for the tests of forward.hpp.
#pragma once

#include "http/forward.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace aluvia::http {

/// Returns the forwarded head of the request head `bytes`.
inline std::string forwarded(const std::string& bytes, const OutgoingRequest& outgoing = {}) {
  RequestHeadReader reader;
  REQUIRE(reader.read(bytes).is_done());
  const auto target = parse_target(reader.head());
  REQUIRE(target);
  std::string out;
  append_request_head(out, reader.head(), *target, outgoing);
  return out;
}

/// As above, for a response.
inline std::string answered(const std::string& bytes, const OutgoingResponse& outgoing = {}) {
  ResponseHeadReader reader;
  REQUIRE(reader.read(bytes).is_done());
  std::string out;
  append_response_head(out, reader.head(), outgoing);
  return out;
}

inline constexpr OutgoingRequest to_gateway{OutgoingForm::absolute, "Basic dTpw"};

inline const std::string ok = "HTTP/1.1 200 OK\r\n";
inline const std::string start = "GET http://a.com/ HTTP/1.1\r\nHost: a.com\r\n";
inline const std::string sent = "GET / HTTP/1.1\r\nHost: a.com\r\n";

}  // namespace aluvia::http
