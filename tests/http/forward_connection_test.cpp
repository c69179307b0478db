// Tests of the Connection and Proxy-Connection that an origin and the gateway get.
#include "forwarding.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::http;

TEST_CASE("The client's keep-alive and close reach the site in their place and spelling") {
  for (const std::string field :
       {"Connection: keep-alive\r\n", "connection:Keep-Alive \r\n", "CONNECTION:\tKEEP-ALIVE\r\n",
        "Connection: close\r\n", "Connection: Close\r\n", "Connection: close,, keep-alive\r\n",
        "Connection: keep-alive\r\nX-Between: 1\r\nConnection: close\r\n"}) {
    CHECK(forwarded(start + "A: 1\r\n" + field + "B: 2\r\n\r\n") ==
          sent + "A: 1\r\n" + field + "B: 2\r\n\r\n");
  }
  CHECK(forwarded(start + "Connection: keep-alive, Foo\r\nFoo: 1\r\nB: 2\r\n\r\n") ==
        sent + "Connection: keep-alive\r\nB: 2\r\n\r\n");
  CHECK(forwarded(start + "Connection: Foo,Keep-Alive,TE,close\r\nTE: trailers\r\nfoo: 1\r\n\r\n") ==
        sent + "Connection: Keep-Alive, close\r\n\r\n");
  CHECK(forwarded(start + "Connection: Foo\r\nFoo: 1\r\n\r\n") == sent + "\r\n");
  CHECK(forwarded(start + "Connection:\r\nConnection: ,\r\n\r\n") == sent + "\r\n");
}

TEST_CASE("Keep-Alive and a field called Close stay behind where Connection names them") {
  CHECK(forwarded(start + "Keep-Alive: 300\r\nConnection: keep-alive, close\r\nClose: 1\r\n\r\n") ==
        sent + "Connection: keep-alive, close\r\n\r\n");
}

TEST_CASE("A browser's Proxy-Connection becomes the Connection that it sends to a site") {
  CHECK(forwarded(start + "A: 1\r\nProxy-Connection: keep-alive\r\nB: 2\r\n\r\n") ==
        sent + "A: 1\r\nConnection: keep-alive\r\nB: 2\r\n\r\n");
}

TEST_CASE("Any other Proxy-Connection goes, and so does one beside a Connection") {
  for (const std::string field :
       {"Proxy-Connection: Keep-Alive\r\n", "Proxy-Connection: KEEP-ALIVE\r\n", "Proxy-Connection: close\r\n",
        "Proxy-Connection: keep-alive, x\r\n", "Proxy-Connection:\r\n", "proxy-connection: keep-alive\r\n"}) {
    INFO(field);
    CHECK(forwarded(start + field + "\r\n") == sent + "\r\n");
  }
  CHECK(forwarded(start + "Connection: Keep-Alive\r\nProxy-Connection: keep-alive\r\n\r\n") ==
        sent + "Connection: Keep-Alive\r\n\r\n");
  CHECK(forwarded(start + "Proxy-Connection: keep-alive\r\nConnection: X-A\r\n\r\n") == sent + "\r\n");
  CHECK(forwarded(start + "Proxy-Connection: keep-alive\r\nA: 1\r\nProxy-Connection: keep-alive\r\n\r\n") ==
        sent + "Connection: keep-alive\r\nA: 1\r\n\r\n");
}

TEST_CASE("The gateway is not told how long the client's connection lasts: its own is another") {
  const std::string credential = "Proxy-Authorization: Basic dTpw\r\n\r\n";
  for (const std::string field :
       {"Connection: keep-alive\r\n", "Connection: close\r\n", "Connection: Keep-Alive, close\r\n",
        "Proxy-Connection: keep-alive\r\n", "Proxy-Connection: Keep-Alive\r\n"}) {
    CHECK(forwarded(start + field + "\r\n", to_gateway) == start + credential);
  }
  CHECK(forwarded(start + "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n", to_gateway) ==
        start + "Connection: Upgrade\r\nUpgrade: websocket\r\n" + credential);
}
