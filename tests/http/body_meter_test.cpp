// Tests of BodyMeter.
#include "http/body_meter.hpp"

#include <limits>
#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::http;

namespace {

constexpr std::uint64_t no_bound = std::numeric_limits<std::uint64_t>::max();

BodyMeter meter(BodyKind kind, std::uint64_t length = 0) {
  return BodyMeter({kind, length});
}

/// Returns the length of the body in `bytes`, given in two pieces; npos if it does not end.
std::size_t end_when_cut(Framing framing, std::string_view bytes, std::size_t cut) {
  BodyMeter body(framing);
  const Progress first = body.measure(bytes.substr(0, cut));
  REQUIRE_FALSE(first.is_wrong());
  if (first.is_done()) return first.consumed();
  CHECK_FALSE(body.is_complete());
  const Progress second = body.measure(bytes.substr(cut));
  return second.is_done() ? cut + second.consumed() : std::string_view::npos;
}

}  // namespace

TEST_CASE("No body is complete before anything is read") {
  for (const auto& framing : {Framing{BodyKind::none, 0}, Framing{BodyKind::length, 0}}) {
    BodyMeter body(framing);
    CHECK(body.is_complete());
    CHECK(body.opaque_bytes() == 0);
    const Progress progress = body.measure("GET");
    REQUIRE(progress.is_done());
    CHECK(progress.consumed() == 0);
    CHECK(body.at_end().is_done());
  }
}

TEST_CASE("A body ends at the same byte wherever it is cut") {
  const std::string_view counted = "helloGET / HTTP/1.1";
  for (std::size_t cut = 0; cut <= counted.size(); ++cut) {
    CHECK(end_when_cut({BodyKind::length, 5}, counted, cut) == 5);
  }
  const std::string_view chunks = "5\r\nhello\r\n0\r\nA: b\r\n\r\nGET / HTTP/1.1";
  for (std::size_t cut = 0; cut <= chunks.size(); ++cut) {
    CHECK(end_when_cut({BodyKind::chunked, 0}, chunks, cut) == chunks.find("GET"));
  }
}

TEST_CASE("Every byte of a body with a length is counted") {
  BodyMeter body = meter(BodyKind::length, 3);
  CHECK(body.framing().length == 3);
  CHECK(body.measure("").needs_more());
  CHECK(body.measure("a").needs_more());
  CHECK(body.opaque_bytes() == 2);
  CHECK(body.measure("b").needs_more());
  const Progress last = body.measure("cX");
  REQUIRE(last.is_done());
  CHECK(last.consumed() == 1);
  CHECK(body.is_complete());
  CHECK(body.measure("X").consumed() == 0);
}

TEST_CASE("A body until close takes everything and ends with the connection") {
  BodyMeter body = meter(BodyKind::until_close);
  CHECK(body.opaque_bytes() == no_bound);
  CHECK(body.measure("0\r\n\r\n").needs_more());
  body.pass(1U << 30U);
  CHECK(body.opaque_bytes() == no_bound);
  CHECK_FALSE(body.is_complete());
  CHECK(body.at_end().is_done());
}

TEST_CASE("A connection that ends within a body ended early") {
  BodyMeter counted = meter(BodyKind::length, 3);
  CHECK(counted.at_end().is_wrong());
  REQUIRE(counted.measure("ab").needs_more());
  CHECK(counted.at_end().is_wrong());
  REQUIRE(counted.measure("c").is_done());
  CHECK(counted.at_end().is_done());

  BodyMeter chunks = meter(BodyKind::chunked);
  REQUIRE(chunks.measure("1\r\nx\r\n0\r\n").needs_more());
  CHECK(chunks.at_end().is_wrong());
  REQUIRE(chunks.measure("\r\n").is_done());
  CHECK(chunks.at_end().is_done());
}

TEST_CASE("Bytes of a body can be skipped") {
  BodyMeter counted = meter(BodyKind::length, 10);
  REQUIRE(counted.measure("abc").needs_more());
  CHECK(counted.opaque_bytes() == 7);
  counted.pass(6);
  CHECK(counted.opaque_bytes() == 1);
  CHECK_FALSE(counted.is_complete());
  counted.pass(1);
  CHECK(counted.is_complete());
  CHECK(counted.opaque_bytes() == 0);

  BodyMeter chunks = meter(BodyKind::chunked);
  CHECK(chunks.opaque_bytes() == 0);
  REQUIRE(chunks.measure("a\r\n012").needs_more());
  CHECK(chunks.opaque_bytes() == 7);
  chunks.pass(7);
  CHECK(chunks.opaque_bytes() == 0);
  CHECK_FALSE(chunks.is_complete());
  CHECK(chunks.measure("\r\n0\r\n\r\n").is_done());
  CHECK(chunks.is_complete());
}

TEST_CASE("Invalid chunks are an error and do not complete the body") {
  BodyMeter body = meter(BodyKind::chunked);
  const Progress progress = body.measure("+5\r\n");
  REQUIRE(progress.is_wrong());
  CHECK(progress.error().status == 400);
  CHECK_FALSE(body.is_complete());
  CHECK(body.measure("0\r\n\r\n").is_wrong());
  CHECK(body.at_end().is_wrong());
}

TEST_CASE("The longest length is counted without overflow") {
  BodyMeter body = meter(BodyKind::length, no_bound);
  CHECK(body.measure("x").needs_more());
  CHECK(body.opaque_bytes() == no_bound - 1);
  body.pass(no_bound - 1);
  CHECK(body.is_complete());
}
