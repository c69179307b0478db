#include "proxy/body_filter.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace aluvia::proxy {
namespace {

using Kind = net::PumpFilter::Verdict::Kind;

struct Passed {
  std::string forwarded;
  std::string left;  // behind the end
  Kind last = Kind::more;
};

// Feeds `bytes` in pieces, as reads would bring them.
Passed pass(BodyFilter& filter, const std::string& bytes, std::size_t piece) {
  Passed passed;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::string buffer = bytes.substr(at, piece);
    const auto verdict = filter.inspect(buffer);
    passed.last = verdict.kind;
    passed.forwarded += verdict.held + buffer.substr(0, verdict.forward);
    if (verdict.kind == Kind::more) CHECK(verdict.consumed == buffer.size());
    if (verdict.kind == Kind::more) continue;
    if (verdict.kind == Kind::complete) passed.left = bytes.substr(at + verdict.consumed);
    break;
  }
  return passed;
}

const std::string chunked = "5;ext=\"1\"\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: yes\r\n\r\n";

TEST_CASE("Chunks go through byte for byte, and what follows them stays, however they are cut") {
  for (std::size_t piece = 1; piece <= chunked.size() + 4; ++piece) {
    BodyFilter filter({http::BodyKind::chunked, 0});
    const Passed passed = pass(filter, chunked + "next", piece);
    CHECK(passed.last == Kind::complete);
    CHECK(passed.forwarded == chunked);
    CHECK(passed.left == "next");
    CHECK(filter.is_complete());
    CHECK(filter.read_limit() == 0);
  }
}

TEST_CASE("Of a chunk line nothing goes on before its end has come") {
  for (std::size_t piece = 1; piece <= 12; ++piece) {
    BodyFilter filter({http::BodyKind::chunked, 0});
    const Passed passed = pass(filter, "2\r\nab\r\n5 ; ext = \"half", piece);
    CHECK(passed.last == Kind::more);
    CHECK(passed.forwarded == "2\r\nab\r\n");
    CHECK(filter.opaque() == 0);
    CHECK(pass(filter, "\"\r\nhe", piece).forwarded == "5 ; ext = \"half\"\r\nhe");
    CHECK(filter.opaque() == 3);
  }
}

TEST_CASE("A response loses the trailers that must not be there, a request with one is rejected") {
  const std::string body = "1\r\nx\r\n0\r\nSet-Cookie: a\r\nHost: b\r\nX-Sum: 1\r\n\r\n";
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    BodyFilter response({http::BodyKind::chunked, 0}, BodyFilter::Form::response);
    const Passed passed = pass(response, body + "next", piece);
    CHECK(passed.last == Kind::complete);
    CHECK(passed.forwarded == "1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n");
    CHECK(passed.left == "next");
    BodyFilter request({http::BodyKind::chunked, 0}, BodyFilter::Form::request);
    CHECK(pass(request, body, piece).last == Kind::wrong);
  }
}

TEST_CASE("Stripped chunks leave their data alone, however they are cut") {
  for (std::size_t piece = 1; piece <= chunked.size() + 4; ++piece) {
    BodyFilter filter({http::BodyKind::chunked, 0}, BodyFilter::Form::without_chunks);
    CHECK(filter.opaque() == 0);
    const Passed passed = pass(filter, chunked + "next", piece);
    CHECK(passed.last == Kind::complete);
    CHECK(passed.forwarded == "hello world");
    CHECK(passed.left == "next");
    CHECK(filter.is_complete());
  }
}

TEST_CASE("A body with a length is never read past its end, and ends early only by a fault") {
  BodyFilter filter({http::BodyKind::length, 5});
  CHECK(filter.read_limit() == 5);
  std::string buffer = "hel";
  CHECK(filter.inspect(buffer).kind == Kind::more);
  CHECK(filter.read_limit() == 2);
  CHECK_FALSE(filter.may_end());
  buffer = "lo";
  CHECK(filter.inspect(buffer).kind == Kind::complete);
  CHECK(filter.read_limit() == 0);
  CHECK(filter.may_end());
}

TEST_CASE("Bytes that pass unseen are counted") {
  BodyFilter filter({http::BodyKind::length, 100});
  CHECK(filter.opaque() == 100);
  filter.pass(100);
  CHECK(filter.is_complete());
  CHECK(filter.read_limit() == 0);

  BodyFilter chunks({http::BodyKind::chunked, 0});
  CHECK(chunks.opaque() == 0);
  std::string buffer = "a\r\n123";
  CHECK(chunks.inspect(buffer).kind == Kind::more);
  CHECK(chunks.opaque() == 7);
  chunks.pass(7);
  buffer = "\r\n0\r\n\r\n";
  CHECK(chunks.inspect(buffer).kind == Kind::complete);
}

TEST_CASE("A body until close has no end of its own") {
  BodyFilter filter({http::BodyKind::until_close, 0});
  std::string buffer = "anything";
  CHECK(filter.inspect(buffer).forward == buffer.size());
  CHECK_FALSE(filter.is_complete());
  CHECK(filter.may_end());
}

TEST_CASE("A bad chunk is rejected, and nothing that came with it goes on") {
  for (const auto form :
       {BodyFilter::Form::request, BodyFilter::Form::response, BodyFilter::Form::without_chunks}) {
    BodyFilter filter({http::BodyKind::chunked, 0}, form);
    std::string buffer = "5\r\nhello\r\nno\r\n";
    const auto verdict = filter.inspect(buffer);
    CHECK(verdict.kind == Kind::wrong);
    CHECK(verdict.forward == 0);
    CHECK(filter.error().status == 400);
    CHECK_FALSE(filter.is_complete());
    CHECK_FALSE(filter.may_end());
  }
}

TEST_CASE("A message without a body is complete before anything is read") {
  const BodyFilter filter(http::Framing{});
  CHECK(filter.is_complete());
  CHECK(filter.read_limit() == 0);
}

}  // namespace
}  // namespace aluvia::proxy
