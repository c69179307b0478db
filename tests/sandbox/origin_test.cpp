// Tests of the built-in origin: its paths, framings and certificates.
#include "fixture.hpp"

using namespace aluvia::sandbox;
using namespace aluvia::sandbox::test;

namespace {
constexpr const char* sha_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
}

TEST_CASE("The origin reports the route and the content of a request") {
  const Fixture fixture;
  Client client(fixture.box.ports().origin);
  const Response answer = client.asks(request("POST", "/x?y", "abc"));
  CHECK(answer.status == 200);
  CHECK(answer.field("X-Sandbox-Via") == "direct");
  CHECK(answer.body ==
        std::string(R"({"via":"direct","scheme":"http","method":"POST","host":"site.example",)") +
            R"("path":"/x?y","body_bytes":3,"body_sha256":")" + sha_of_abc + "\"}");
  CHECK(client.asks(get("/headers", "X-Odd:  two  words \r\n")).has(R"("X-Odd:  two  words ")"));
}

TEST_CASE("The origin responds to pipelined requests in order") {
  const Fixture fixture;
  Client client(fixture.box.ports().origin);
  client.sends(get("/bytes/3") + request("POST", "/sink", "abc") + get("/bytes/5"));
  CHECK(client.receives_response().body == "abc");
  CHECK(client.receives_response().has(sha_of_abc));
  CHECK(client.receives_response().body == "abcde");
}

TEST_CASE("The origin's bodies come with a length, in chunks, or until close") {
  const Fixture fixture;
  Client client(fixture.box.ports().origin);
  CHECK(client.asks(get("/bytes/200000")).body == pattern(200000));
  CHECK(client.asks(get("/download/30")).has("attachment; filename=\"file.bin\""));
  CHECK(client.asks(get("/chunked/30")).body == "1e\r\n" + pattern(30) + "\r\n0\r\nX-Trailer: yes\r\n\r\n");
  CHECK(client.asks(get("/chunked/0")).body == "0\r\nX-Trailer: yes\r\n\r\n");
  CHECK(client.asks(get("/bytes/x")).status == 400);
  const Response closed = client.asks(get("/close/40"));
  CHECK(closed.field("Content-Length").empty());
  CHECK(closed.body == pattern(40));
}

TEST_CASE("An HTTP/1.0 client gets no chunks, and keeps its connection only with keep-alive") {
  const Fixture fixture;
  Client chunks(fixture.box.ports().origin);
  const Response plain = chunks.asks("GET /chunked/30 HTTP/1.0\r\n\r\n");
  CHECK(plain.field("Transfer-Encoding").empty());
  CHECK(plain.body == pattern(30));
  Client keeps(fixture.box.ports().origin);
  CHECK(keeps.asks("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").field("Connection") == "keep-alive");
  CHECK(keeps.asks("GET / HTTP/1.0\r\n\r\n").field("Connection") == "close");
  CHECK(keeps.receives_rest().empty());
}

TEST_CASE("HEAD gets heads and statuses without a body have none") {
  const Fixture fixture;
  Client client(fixture.box.ports().origin);
  client.sends("HEAD /bytes/100 HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receives_response(true).field("Content-Length") == "100");
  CHECK(client.asks(get("/status/204")).status == 204);
  CHECK(client.asks(get("/status/304")).status == 304);
  CHECK(client.asks(get("/status/503")).status == 503);
  CHECK(client.asks(get("/status/101")).status == 400);
}

TEST_CASE("An early hint comes before the response") {
  const Fixture fixture;
  Client client(fixture.box.ports().origin);
  CHECK(client.asks(get("/early")).status == 103);
  CHECK(client.receives_response().status == 200);
}

TEST_CASE("The echo sends each piece of the body back before the next one") {
  const Fixture fixture;
  Client client(fixture.box.ports().origin);
  client.sends("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
  CHECK(client.receives_until("one\r\n").find("\r\n\r\n3\r\none\r\n") != std::string::npos);
  client.sends("3\r\ntwo\r\n0\r\n\r\n" + get("/bytes/1"));
  CHECK(client.receives_until("0\r\n\r\n") == "3\r\ntwo\r\n0\r\n\r\n");
  CHECK(client.receives_response().body == "a");
}

TEST_CASE("A client that expects 100 gets it, or a rejection at once") {
  const Fixture fixture;
  Client client(fixture.box.ports().origin);
  const std::string fields = "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n";
  CHECK(client.asks("POST /sink HTTP/1.1\r\nHost: a\r\n" + fields).status == 100);
  CHECK(client.asks("abc").has(sha_of_abc));
  const Response refused = client.asks("POST /reject HTTP/1.1\r\nHost: a\r\n" + fields);
  CHECK(refused.status == 413);
  CHECK(refused.field("Connection") == "close");
  CHECK(client.receives_rest().empty());
}

TEST_CASE("A rejected upload gets its response although the body is never read") {
  const Fixture fixture;
  Client client(fixture.box.ports().origin);
  client.sends("POST /reject HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n" + pattern(50000));
  CHECK(client.receives_response().status == 413);
  CHECK(client.receives_rest().empty());
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("A page names its resources and each of them counts itself") {
  const Fixture fixture;
  Client client(fixture.box.ports().origin);
  const Response page = client.asks(get("/page/3"));
  CHECK(page.field("Content-Type") == "text/html; charset=utf-8");
  CHECK(page.has("window.expected = 3"));
  CHECK(page.has("/res/1.js"));
  CHECK(page.has("/res/3.js"));
  CHECK_FALSE(page.has("/res/4.js"));
  const Response script = client.asks(get("/res/3.js"));
  CHECK(script.field("Content-Type") == "text/javascript");
  CHECK(script.has("window.loaded"));
}

TEST_CASE("A silent path records the request without a response, a slow one responds later") {
  const Fixture fixture;
  Client silent(fixture.box.ports().origin);
  silent.sends(get("/silent"));
  CHECK(fixture.box.wait_for([](const Record& r) { return r.requests.size() == 1; }));
  silent.ends_sending();
  CHECK(silent.receives_rest().empty());
  Client slow(fixture.box.ports().origin);
  const auto before = std::chrono::steady_clock::now();
  CHECK(slow.asks(get("/slow/30")).status == 200);
  CHECK(std::chrono::steady_clock::now() - before >= std::chrono::milliseconds(30));
}

TEST_CASE("A malformed request is rejected, and its connection ends") {
  const Fixture fixture;
  Client client(fixture.box.ports().origin);
  CHECK(client.asks("GET / HTTP/1.1\r\nHost : a\r\n\r\n").status == 400);
  CHECK(client.receives_rest().empty());
  Client both(fixture.box.ports().origin);
  CHECK(both.asks("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
            .status == 400);
}

TEST_CASE("The origin shows every site its own certificate") {
  const Fixture fixture;
  for (const char* name : {"www.example.com", "xn--bcher-kva.example", "localhost", "127.0.0.1"}) {
    Client client(fixture.box.ports().origin_tls);
    REQUIRE(client.secure(name, fixture.box.ca_pem()));
    CHECK(client.asks(get("/")).has(R"("scheme":"https")"));
  }
  const std::string long_name = std::string(60, 'a') + "." + std::string(60, 'b') + ".example";
  Client client(fixture.box.ports().origin_tls);
  CHECK(client.secure(long_name, fixture.box.ca_pem()));
  CHECK(client.asks(get("/bytes/200000")).body == pattern(200000));
}
