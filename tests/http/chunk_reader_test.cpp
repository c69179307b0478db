// Tests of ChunkReader, except filter().
#include "http/chunk_reader.hpp"

#include "chunked_bodies.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia::http;
using namespace std::string_literals;

namespace {

const std::string tail = "HTTP/1.1 200 OK\r\n";

/// Every way in which the coding can be broken; nothing may follow that would be needed to see it.
const std::vector<std::string> bad{
    // sizes
    "\r\n",
    "\n",
    ";a\r\n",
    "g\r\n",
    "+5\r\n",
    "-5\r\n",
    " 5\r\n",
    "\t5\r\n",
    "5 \r\n",
    "5\t\r\n",
    "5 5\r\n",
    "5 ;\r\n",
    "0x5\r\n",
    "5,5\r\n",
    "5_\r\n",
    "5h",
    "\"5\"\r\n",
    "\0"s,
    "5\0\r\n"s,
    "\xB2\r\n",
    "00000000000000005",
    "fffffffffffffffff",
    // ends of lines
    "5\nhello\r\n",
    "5\rhello\r\n",
    "5\r\r\n",
    "5;a\nhello",
    "5;a\rhello",
    "0\r\n\n",
    "0\r\n\rX",
    "0\n\r\n",
    // after the data
    "5\r\nhello0\r\n\r\n",
    "5\r\nhello\n",
    "5\r\nhello\r0",
    "5\r\nhello\r\r",
    "5\r\nhello!\r\n",
    "5\r\nhello\r\n\r\n",
    // extensions
    "5;\r\n",
    "5; \r\n",
    "5;;a\r\n",
    "5;a;\r\n",
    "5;a;;b\r\n",
    "5;a \r\n",
    "5;a\t\r\n",
    "5;a b\r\n",
    "5;=b\r\n",
    "5;a=\r\n",
    "5;a=;b\r\n",
    "5;a==b\r\n",
    "5;a=b=c\r\n",
    "5;a=b \r\n",
    "5;a=b c\r\n",
    "5;a=\"b\r\n",
    "5;a=\"b\"\t\r\n",
    "5;a=\"b\"c\r\n",
    "5;a=\"b\"\"c\"\r\n",
    "5;a=b\"c\"\r\n",
    "5;a=\"b\\\"\r\n",
    "5;\"a\"\r\n",
    "5;\"a\"=b\r\n",
    "5;bad[=x\r\n",
    "5;a=[x\r\n",
    "5;a@b\r\n",
    "5;a,b\r\n",
    "5,a\r\n",
    "5;\xE9\r\n",
    "5;a\xE9\r\n",
    "5;a=\xE9\r\n",
    "5;a=b\xE9\r\n",
    "5;a=\"\n\"\r\n",
    "5;a=\"\r\n\"\r\n",
    "5;a=\"\\\r\"\r\n",
    "5;a=\"\x01\"\r\n",
    "5;a=\"\\\x7f\"\r\n",
    "5;a=\"\0\"\r\n"s,
    "5;a\0b"s,
    "5;\x7f",
    "5;a\x0b",
    "5;" + std::string(4096, 'a'),
    "5;a=\"" + std::string(4096, ' '),
    "5" + std::string(4097, ' '),
    // trailers
    "0\r\nTransfer-Encoding: chunked\r\n",
    "0\r\ntransfer-encoding:x\r\n",
    "0\r\nContent-Length: 5\r\n",
    "0\r\nHOST: a\r\n",
    "0\r\nTrailer: a\r\n",
    "0\r\nconnection: close\r\n",
    "0\r\nKeep-Alive: timeout=5\r\n",
    "0\r\nTE: trailers\r\n",
    "0\r\nUpgrade: h2c\r\n",
    "0\r\nProxy-Connection: close\r\n",
    "0\r\nPROXY-AUTHORIZATION: Basic dTpw\r\n",
    "0\r\nProxy-Authenticate: Basic\r\n",
    "0\r\nProxy-Authentication-Info: a\r\n",
    "0\r\nA: b\r\nHost: a\r\n",
    "0\r\n: b\r\n",
    "0\r\nA : b\r\n",
    "0\r\n A: b\r\n",
    "0\r\nA: b\r\n folded\r\n",
    "0\r\nA: b\r\n\tfolded\r\n",
    "0\r\nno colon\r\n",
    "0\r\nno-colon\r\n",
    "0\r\nA: b\n",
    "0\r\nA: b\rCD: e\r\n\r\n",
    "0\r\nA: b\0"s,
    "0\r\nA: \x7f",
    "0\r\nA\xE9: b\r\n",
    "0\r\n" + std::string(16 * 1024 + 1, 'a'),
    "0\r\nA: " + std::string(16 * 1024, 'a'),
};

/// The end of the body in `bytes`, given in pieces of the sizes that `next` returns.
template <class Next>
Progress read_in_pieces(std::string_view bytes, Next next, std::size_t& end) {
  ChunkReader reader;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::string_view piece = bytes.substr(at, next());
    const Progress progress = reader.read(piece);
    if (progress.is_done()) end = at + progress.consumed();
    if (!progress.needs_more()) return progress;
    at += piece.size();
  }
  return Progress::need_more();
}

/// Strips `bytes` piece by piece and joins the data.
std::string strip_in_pieces(std::string bytes, std::size_t first, std::size_t rest, std::size_t& end) {
  ChunkReader reader;
  std::string data;
  for (std::size_t at = 0, size = first; at < bytes.size(); at += size, size = rest) {
    size = std::min(size, bytes.size() - at);
    const auto stripped = reader.strip({bytes.data() + at, size});
    REQUIRE_FALSE(stripped.progress.is_wrong());
    data.append(bytes, at, stripped.data);
    if (stripped.progress.is_done()) {
      end = at + stripped.progress.consumed();
      CHECK(bytes.substr(end) == tail);
      return data;
    }
  }
  FAIL("the body does not end");
  return data;
}

}  // namespace

TEST_CASE("A chunked body ends at the same byte however it is cut, and what follows is not its own") {
  for (const Body& body : good) {
    CAPTURE(body.coded);
    const std::string bytes = body.coded + tail;
    std::size_t end = 0;
    REQUIRE(read_in_pieces(
                bytes, [] { return std::string::npos; }, end)
                .is_done());
    CHECK(end == body.coded.size());
    REQUIRE(read_in_pieces(
                bytes, [] { return 1U; }, end)
                .is_done());
    CHECK(end == body.coded.size());
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      std::size_t size = cut;
      end = 0;
      REQUIRE(read_in_pieces(
                  bytes, [&] { return std::exchange(size, bytes.size()); }, end)
                  .is_done());
      CHECK(end == body.coded.size());
    }
  }
}

TEST_CASE("An incomplete body needs more bytes, cut anywhere") {
  for (const Body& body : good) {
    for (std::size_t size = 0; size < body.coded.size(); ++size) {
      CAPTURE(body.coded, size);
      CHECK(ChunkReader().read(std::string_view(body.coded).substr(0, size)).needs_more());
    }
  }
}

TEST_CASE("A malformed chunked body is rejected with 400, whole, byte by byte and cut in two") {
  for (const std::string& bytes : bad) {
    CAPTURE(bytes.substr(0, 40), bytes.size());
    const Progress whole = ChunkReader().read(bytes);
    REQUIRE(whole.is_wrong());
    CHECK(whole.error().status == 400);
    CHECK_FALSE(whole.error().why.empty());
    std::size_t end = 0;
    CHECK(read_in_pieces(
              bytes, [] { return 1U; }, end)
              .is_wrong());
    for (std::size_t cut = 1; cut < std::min<std::size_t>(bytes.size(), 64); ++cut) {
      std::size_t size = cut;
      CHECK(read_in_pieces(
                bytes, [&] { return std::exchange(size, bytes.size()); }, end)
                .is_wrong());
    }
  }
}

TEST_CASE("A chunk line is rejected at the byte that makes it wrong") {
  for (const std::string start : {"5;a=b", "5 ", "5;a=\"b\"", "5;a "}) {
    ChunkReader reader;
    REQUIRE(reader.read(start).needs_more());
    CHECK(reader.read("[").is_wrong());
  }
}

TEST_CASE("A rejected body stays rejected, and a complete body takes no more bytes") {
  ChunkReader refused;
  REQUIRE(refused.read("x").is_wrong());
  CHECK(refused.read("0\r\n\r\n").is_wrong());
  ChunkReader ended;
  REQUIRE(ended.read("0\r\n\r\n").is_done());
  const Progress again = ended.read("0\r\n\r\n");
  REQUIRE(again.is_done());
  CHECK(again.consumed() == 0);
}

TEST_CASE("Extensions may have 4 KiB in a size line, and each line has its own") {
  const std::string extension = ";" + std::string(4095, 'a');
  CHECK(ChunkReader().read("1" + extension + "\r\nx\r\n1" + extension + "\r\nx\r\n0\r\n\r\n").is_done());
  CHECK(ChunkReader().read("1" + extension + "a").is_wrong());
}

TEST_CASE("Trailers may have 16 KiB together") {
  const std::string first = "First: " + std::string(8 * 1024 - 9, 'a') + "\r\n";
  const std::string second = "Other: " + std::string(8 * 1024 - 9, 'a') + "\r\n";
  REQUIRE(first.size() + second.size() == 16 * 1024);
  CHECK(ChunkReader().read("0\r\n" + first + second + "\r\n").is_done());
  CHECK(ChunkReader().read("0\r\n" + first + second + "A:\r\n").is_wrong());
  CHECK(ChunkReader().read("0\r\na" + first + second + "\r\n").is_wrong());
}

TEST_CASE("A chunk of 16 hexadecimal digits is as long as 64 bits can tell") {
  ChunkReader reader;
  REQUIRE(reader.read("ffffffffffffffff\r\n").needs_more());
  CHECK(reader.data_left() == std::numeric_limits<std::uint64_t>::max());
  reader.skip(reader.data_left());
  CHECK(reader.read("\r\n0\r\n\r\n").is_done());
}

TEST_CASE("Chunk data can be skipped") {
  ChunkReader reader;
  CHECK(reader.data_left() == 0);
  REQUIRE(reader.read("10").needs_more());
  CHECK(reader.data_left() == 0);
  REQUIRE(reader.read("0\r\nabcd").needs_more());
  CHECK(reader.data_left() == 252);
  reader.skip(250);
  CHECK(reader.data_left() == 2);
  reader.skip(0);
  CHECK(reader.data_left() == 2);
  reader.skip(2);
  CHECK(reader.data_left() == 0);
  CHECK(reader.read("x").is_wrong());
}

TEST_CASE("Bytes between chunks and in trailers cannot be skipped") {
  ChunkReader reader;
  for (const auto* part : {"3;ext", "\r\nabc", "\r", "\n", "0\r\n", "A: b", "\r\n\r"}) {
    REQUIRE(reader.read(part).needs_more());
    CHECK(reader.data_left() == 0);
  }
  CHECK(reader.read("\n").is_done());
}

TEST_CASE("Stripping leaves the chunk data at the front and what follows the body untouched") {
  for (const Body& body : good) {
    CAPTURE(body.coded);
    const std::string bytes = body.coded + tail;
    std::size_t end = 0;
    for (std::size_t first = 1; first <= bytes.size(); ++first) {
      CHECK(strip_in_pieces(bytes, first, bytes.size(), end) == body.data);
      CHECK(end == body.coded.size());
    }
    CHECK(strip_in_pieces(bytes, 1, 1, end) == body.data);
    CHECK(end == body.coded.size());
  }
}

TEST_CASE("Stripping a response drops its trailers, also those that must not be there") {
  std::string bytes = "1;a=b\r\nx\r\n0\r\nSet-Cookie : a\r\nHost: b\r\n\r\n";
  const auto stripped = ChunkReader(ChunkReader::Sender::server).strip(bytes);
  CHECK(stripped.progress.is_done());
  CHECK(bytes.substr(0, stripped.data) == "x");
}

TEST_CASE("Stripping and skipping work in one body") {
  ChunkReader reader;
  std::string bytes = "a\r\n01234";
  CHECK(reader.strip(bytes).data == 5);
  CHECK(bytes.substr(0, 5) == "01234");
  reader.skip(5);
  bytes = "\r\n1\r\nz\r\n0\r\n\r\n";
  const auto rest = reader.strip(bytes);
  REQUIRE(rest.progress.is_done());
  CHECK(rest.progress.consumed() == bytes.size());
  CHECK(rest.data == 1);
  CHECK(bytes[0] == 'z');
}

TEST_CASE("Stripping reports an error and the data before it") {
  std::string bytes = "2\r\nab\r\n!";
  const auto stripped = ChunkReader().strip(bytes);
  CHECK(stripped.progress.is_wrong());
  CHECK(stripped.data == 2);
}
