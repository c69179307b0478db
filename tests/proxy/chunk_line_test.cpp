// Chunk lines on their way through the proxy: exactly the grammar, and nothing of a line before it is whole.
#include "proxy_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
const std::string first = "1;ok\r\nx\r\n";

const std::vector<std::string> bad_lines{
    "5;\r\n",     "5;a=\"b\r\n", "5;bad[=x\r\n", "5;\xC3\r\n", "5;a=\xC3\r\n", "5 \r\n",      "5;a \r\n",
    "5;a=b \r\n", "5;;a\r\n",    "5;a=b=c\r\n",  "5;a\nhello", "5;a\rhello",   "5;\"a\"\r\n", "5_\r\n"};

const std::vector<std::string> good_lines{"5\r\n", "005 ;a=b\r\n", "5\t;\ta\t=\t\"b c\\\" \xC3\"\r\n",
                                          "5;a;b=c ; d=\"\"\r\n",
                                          "5;a=\"" + std::string(4000, ' ') + "\"\r\n"};

// A request whose server has read its head and its first chunk.
struct Upload {
  FakeServer site;
  Proxy proxy;
  Peer client = proxy.client();
  Peer server{-1};

  Upload() {
    client.sends("POST http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n" + chunked + first);
    server = site.accepts();
    server.reads_head();
    server.receives(first);
  }
};

// A response whose client has read its head and its first chunk.
struct Download {
  FakeServer site;
  Proxy proxy;
  Peer client = proxy.client();
  Peer server{-1};

  Download() {
    client.sends("GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
    server = site.accepts();
    server.reads_head();
    server.sends("HTTP/1.1 200 OK\r\n" + chunked + first);
    client.receives("HTTP/1.1 200 OK\r\n" + chunked + first);
  }
};

void send_bytewise(Peer& peer, const std::string& bytes) {
  for (const char c : bytes) {
    if (!peer.could_send({&c, 1})) return;
  }
}

TEST_CASE("A site sees no byte of a request's chunk line that is wrong, and the client gets 400") {
  for (const std::string& line : bad_lines) {
    for (const bool bytewise : {false, true}) {
      INFO(line << bytewise);
      Upload upload;
      if (bytewise) {
        send_bytewise(upload.client, line);
      } else {
        upload.client.sends(line);
      }
      CHECK(upload.client.reads_message().status == 400);
      CHECK(upload.server.read_to_end().bytes.empty());
    }
  }
}

TEST_CASE("A site sees no byte of a request's chunk line that is never finished") {
  Upload upload;
  send_bytewise(upload.client, "5;a=\"b");
  upload.client.ends_sending();
  CHECK(upload.server.read_to_end().bytes.empty());
}

TEST_CASE("A client sees no byte of a response's chunk line that is wrong") {
  for (const std::string& line : bad_lines) {
    for (const bool bytewise : {false, true}) {
      INFO(line << bytewise);
      Download download;
      if (bytewise) {
        send_bytewise(download.server, line);
      } else {
        download.server.sends(line);
      }
      const Ending ending = download.client.read_to_end();
      CHECK(ending.bytes.empty());
      CHECK(ending.reset);
    }
  }
}

TEST_CASE("Good chunk lines go through byte for byte, whole and byte by byte, both ways") {
  for (const std::string& line : good_lines) {
    for (const bool bytewise : {false, true}) {
      INFO(line << bytewise);
      const std::string rest = line + "hello\r\n0 ;last\r\nX-Sum: 1\r\n\r\n";
      Upload upload;
      Download download;
      if (bytewise) {
        send_bytewise(upload.client, rest);
        send_bytewise(download.server, rest);
      } else {
        upload.client.sends(rest);
        download.server.sends(rest);
      }
      upload.server.receives(rest);
      download.client.receives(rest);
    }
  }
}

TEST_CASE("A request's trailer that frames the message is rejected, and no byte of it goes on") {
  Upload upload;
  const std::string good = "0\r\nX-A: 1\r\n";
  send_bytewise(upload.client, good + "Content-Length: 5\r\n\r\n");
  CHECK(upload.client.reads_message().status == 400);
  // Good lines that came together with the bad one may have stayed behind with it.
  CHECK(good.starts_with(upload.server.read_to_end().bytes));
}

}  // namespace
}  // namespace aluvia::test
