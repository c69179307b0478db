// Tests of ChunkReader::filter(): the forwarded bytes do not depend on how the body is cut.
#include "chunked_bodies.hpp"
#include "http/chunk_reader.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::http;

namespace {

struct Forwarded {
  std::string bytes;
  bool is_wrong = false;
  bool is_done = false;
};

Forwarded forward_in_pieces(const std::string& body, ChunkReader::Sender sender, std::size_t first,
                            std::size_t rest) {
  ChunkReader reader(sender);
  Forwarded out;
  for (std::size_t at = 0, size = first; at < body.size(); at += size, size = rest) {
    std::string piece = body.substr(at, size);
    size = piece.size();
    const auto filtered = reader.filter(piece);
    out.bytes += filtered.held + piece.substr(0, filtered.forward);
    out.is_wrong = filtered.progress.is_wrong();
    out.is_done = filtered.progress.is_done();
    if (out.is_wrong || out.is_done) break;
  }
  return out;
}

/// Returns the forwarded bytes of `body`, which must not depend on how it is cut.
Forwarded forward_every_way(const std::string& body, ChunkReader::Sender sender) {
  const Forwarded whole = forward_in_pieces(body, sender, body.size(), 1);
  for (std::size_t cut = 1; cut < body.size(); ++cut) {
    for (const std::size_t rest : {std::size_t{1}, std::size_t{3}, body.size()}) {
      const Forwarded cut_up = forward_in_pieces(body, sender, cut, rest);
      CHECK(cut_up.bytes == whole.bytes);
      CHECK(cut_up.is_wrong == whole.is_wrong);
      CHECK(cut_up.is_done == whole.is_done);
    }
  }
  return whole;
}

constexpr auto client = ChunkReader::Sender::client;
constexpr auto server = ChunkReader::Sender::server;

}  // namespace

TEST_CASE("A good body is forwarded byte for byte however it is cut") {
  for (const Body& body : good) {
    CAPTURE(body.coded);
    for (const auto sender : {client, server}) {
      const Forwarded out = forward_every_way(body.coded, sender);
      CHECK(out.is_done);
      CHECK(out.bytes == body.coded);
    }
  }
}

TEST_CASE("No byte of a line is forwarded before the line is known to be good") {
  const std::string before = "1;ok=\"1\"\r\nx\r\n";
  for (const std::string line : {"5;", "5;a=\"b", "5;bad[=x\r\n", "5 \r\n", "5;a=b\r", "5\n", "zz\r\n"}) {
    CAPTURE(line);
    CHECK(forward_every_way(before + line, client).bytes == before);
  }
  const std::string last = before + "0\r\nA: 1\r\n";
  for (const std::string line : {"B", "B: 2", "B: 2\r", "\r", "no colon\r\n", " folded\r\n", "B: \x01\r\n"}) {
    CAPTURE(line);
    CHECK(forward_every_way(last + line, server).bytes == last);
  }
}

TEST_CASE("Data is forwarded as it comes, and the line behind it when it is whole") {
  ChunkReader reader;
  std::string piece = "5\r\nhel";
  CHECK(reader.filter(piece).forward == piece.size());
  piece = "lo\r";
  CHECK(reader.filter(piece).forward == 2);
  piece = "\n5;a";
  auto filtered = reader.filter(piece);
  CHECK(filtered.held == "\r");
  CHECK(filtered.forward == 1);
  piece = "=b\r\n12";
  filtered = reader.filter(piece);
  CHECK(filtered.held == "5;a");
  CHECK(piece.substr(0, filtered.forward) == "=b\r\n12");
  CHECK(reader.data_left() == 3);
}

TEST_CASE("Forbidden trailers of a response are dropped, and the others stay") {
  for (const std::string name : {"Transfer-Encoding",
                                 "content-length",
                                 "HOST",
                                 "Trailer",
                                 "Connection",
                                 "Proxy-Connection",
                                 "Keep-Alive",
                                 "TE",
                                 "Upgrade",
                                 "Proxy-Authenticate",
                                 "Proxy-Authorization",
                                 "Proxy-Authentication-Info",
                                 "Authorization",
                                 "WWW-Authenticate",
                                 "Proxy-Status",
                                 "Set-Cookie",
                                 "set-cookie2",
                                 "Cookie",
                                 "Content-Encoding",
                                 "Content-Type",
                                 "Content-Range",
                                 "Content-Language",
                                 "Content-Location",
                                 "Max-Forwards"}) {
    CAPTURE(name);
    const Forwarded out =
        forward_every_way("1\r\nx\r\n0\r\nX-A: 1\r\n" + name + ": y\r\nX-B:2\r\n\r\n", server);
    CHECK(out.is_done);
    CHECK(out.bytes == "1\r\nx\r\n0\r\nX-A: 1\r\nX-B:2\r\n\r\n");
    CHECK(forward_every_way("0\r\n" + name + ":\r\n\r\n", server).bytes == "0\r\n\r\n");
  }
  const std::string fine =
      "0\r\nDigest: 1\r\nContent-Digest: 2\r\nAuthentication-Info: 3\r\nSet-Cook: 4\r\n\r\n";
  CHECK(forward_every_way(fine, server).bytes == fine);
}

TEST_CASE("A trailer that is dropped must be a good line all the same") {
  for (const std::string line : {"Set-Cookie: \x01\r\n", "Set-Cookie: a\n", "Set-Cookie: a\r\n b\r\n"}) {
    const Forwarded out = forward_every_way("0\r\n" + line + "\r\n", server);
    CHECK(out.is_wrong);
    CHECK(out.bytes == "0\r\n");
  }
}

TEST_CASE("White space before the colon of a response's trailer is removed") {
  CHECK(forward_every_way("0\r\nX-A \t: 1\r\nHost : a\r\n\r\n", server).bytes == "0\r\nX-A: 1\r\n\r\n");
  CHECK(forward_every_way("0\r\nX-A b: 1\r\n\r\n", server).is_wrong);
  CHECK(forward_every_way("0\r\nX-A : 1\r\n\r\n", client).is_wrong);
}
