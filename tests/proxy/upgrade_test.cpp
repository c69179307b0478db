// Exchanges that become tunnels (RFC 9110 §7.8): ws:// through a plain proxy.
#include "proxy_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

const std::string asks = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n";
const std::string switching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    "y\r\n\r\n";

TEST_CASE("A switch of protocols makes a tunnel, with leftover bytes both ways and both ends passed on") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("GET http://" + site.authority() + "/ws HTTP/1.1\r\nHost: " + site.authority() + "\r\n" +
               asks + "\r\nearly frame");
  Peer server = site.accepts();
  CHECK(server.reads_head() ==
        "GET /ws HTTP/1.1\r\nHost: " + site.authority() +
            "\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n");
  CHECK(server.has_nothing_to_read());
  server.sends(switching + "first frame");
  client.receives(switching + "first frame");
  server.receives("early frame");
  client.sends("more");
  client.ends_sending();
  server.receives("more");
  server.sees_end();
  server.sends("bye");
  server.closes();
  client.receives("bye");
  client.sees_end();
}

TEST_CASE("An upgrade goes through the gateway likewise") {
  FakeServer gateway;
  Proxy proxy({.rules = {"*.site.test"}, .gateway_port = gateway.port()});
  Peer client = proxy.client();
  client.sends("GET ws://a.site.test/ws HTTP/1.1\r\nHost: a.site.test\r\n" + asks + "\r\n");
  Peer asked = gateway.accepts();
  CHECK(asked.reads_head() ==
        "GET http://a.site.test/ws HTTP/1.1\r\nHost: a.site.test\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\n"
        "Sec-WebSocket-Key: x\r\nProxy-Authorization: " +
            std::string(gateway_credential) + "\r\n\r\n");
  asked.sends(switching);
  client.receives(switching);
  client.sends("up");
  asked.receives("up");
}

TEST_CASE("A rejected upgrade is an ordinary response, and the connection goes on") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("GET http://" + site.authority() + "/ws HTTP/1.1\r\nHost: x\r\n" + asks + "\r\n");
  Peer server = site.accepts();
  server.reads_head();
  server.sends("HTTP/1.1 426 No\r\nUpgrade: chat\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n");
  client.receives("HTTP/1.1 426 No\r\nUpgrade: chat\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n");
  client.sends("GET http://" + site.authority() + "/next HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(server.reads_head().starts_with("GET /next HTTP/1.1\r\n"));
}

TEST_CASE("A switch of protocols that no request asked for is a fault of the server") {
  for (const std::string fields : {"", "Upgrade: websocket\r\n", "Connection: upgrade\r\n"}) {
    INFO(fields);
    Proxy proxy;
    FakeServer site;
    Peer client = proxy.client();
    client.sends("GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
    Peer server = site.accepts();
    server.reads_head();
    server.sends(switching);
    const Message answer = client.reads_message();
    CHECK(answer.status == 502);
    CHECK(answer.head.find("error=http_protocol_error") != std::string::npos);
    server.sees_end();
  }
}

TEST_CASE("A switch to another protocol than the client's is a fault of the server or the gateway") {
  for (const std::string fields : {"Upgrade: h2c\r\n", "Upgrade: chat\r\n", "Upgrade: websocket, chat\r\n",
                                   "Upgrade: websocket/14\r\n", "Upgrade: ,\r\n", ""}) {
    for (const bool through_gateway : {false, true}) {
      INFO(fields << through_gateway);
      FakeServer fake_server;
      Proxy proxy({.rules = {"*.site.test"}, .gateway_port = fake_server.port()});
      const std::string authority = through_gateway ? "a.site.test" : fake_server.authority();
      Peer client = proxy.client();
      client.sends("GET http://" + authority +
                   "/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n" +
                   "Upgrade: websocket/13, h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n");
      Peer server = fake_server.accepts();
      const std::string asked = server.reads_head();
      CHECK(asked.find("\r\nUpgrade: websocket/13\r\n") != std::string::npos);
      CHECK(asked.find("HTTP2") == std::string::npos);
      server.sends("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n" + fields + "\r\nframes");
      const Message answer = client.reads_message();
      CHECK(answer.status == 502);
      CHECK(answer.head.find("error=http_protocol_error") != std::string::npos);
      client.sees_end();
      server.sees_end();
    }
  }
}

TEST_CASE("A request for h2c alone is an ordinary request") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("GET http://" + site.authority() +
               "/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n" +
               "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n");
  Peer server = site.accepts();
  CHECK(server.reads_head() == "GET / HTTP/1.1\r\nHost: " + site.authority() + "\r\n\r\n");
  server.sends("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
  CHECK(client.reads_message().status == 502);
}

TEST_CASE("An HTTP/1.0 client cannot switch protocols") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("GET http://" + site.authority() + "/ HTTP/1.0\r\n" + asks + "\r\n");
  Peer server = site.accepts();
  CHECK(server.reads_head().find("Upgrade") == std::string::npos);
  server.sends(switching);
  CHECK(client.reads_message().status == 502);
}

TEST_CASE("A switch of protocols before the request's body is over is rejected") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("POST http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n" + asks +
               "\r\nhalf");
  Peer server = site.accepts();
  server.reads_head();
  server.receives("half");
  server.sends(switching);
  CHECK(client.reads_message().status == 502);
}

TEST_CASE("Bytes behind the body of a request that switches protocols go into the tunnel") {
  Proxy proxy;
  FakeServer site;
  Peer client = proxy.client();
  client.sends("POST http://" + site.authority() + "/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" +
               asks + "\r\n");
  Peer server = site.accepts();
  server.reads_head();
  client.sends("3\r\nabc\r\n0\r\n\r\nearly frame");
  server.receives("3\r\nabc\r\n0\r\n\r\n");
  server.sends(switching);
  client.receives(switching);
  server.receives("early frame");
}

}  // namespace
}  // namespace aluvia::test
