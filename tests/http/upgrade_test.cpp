// Tests of Upgrade.
#include "http/upgrade.hpp"

#include <string>
#include <utility>

#include <catch2/catch.hpp>

using namespace aluvia::http;

namespace {

bool switches(const Fields& fields, std::string_view offered) {
  return switches_as_offered({1, 101, "Switching Protocols", fields}, offered);
}

}  // namespace

TEST_CASE("An upgrade is asked for by Upgrade and Connection together, in HTTP/1.1, to more than h2c") {
  const auto asks = [](int minor, Fields fields) {
    return asks_for_upgrade({"GET", "/", minor, std::move(fields)});
  };
  const Field upgrade{"Upgrade", "websocket"};
  const Field connection{"Connection", "keep-alive, upgrade"};
  CHECK(asks(1, {upgrade, connection}));
  CHECK(asks(1, {{"Upgrade", "h2c"}, {"Upgrade", "h2c, websocket"}, connection}));
  CHECK_FALSE(asks(1, {{"Upgrade", "h2c,H2C, "}, connection}));
  CHECK_FALSE(asks(1, {{"Upgrade", ""}, connection}));
  CHECK_FALSE(asks(0, {upgrade, connection}));
  CHECK_FALSE(asks(1, {upgrade, {"Connection", "keep-alive"}}));
  CHECK_FALSE(asks(1, {upgrade}));
  CHECK_FALSE(asks(1, {connection}));
}

TEST_CASE("An Upgrade without h2c is forwarded byte for byte") {
  CHECK(forwarded_protocols("websocket,  chat/2 ,") == "websocket,  chat/2 ,");
  CHECK(forwarded_protocols("h2c/1, xh2c") == "h2c/1, xh2c");
  CHECK(forwarded_protocols("websocket,h2c,  chat/2") == "websocket, chat/2");
  CHECK(forwarded_protocols("h2C") == "");
}

TEST_CASE("A request offers the protocols of all its Upgrade fields, without h2c") {
  const Field connection{"Connection", "upgrade"};
  CHECK(offered_protocols(
            {"GET", "/", 1, {connection, {"Upgrade", "a"}, {"upgrade", "h2c"}, {"UPGRADE", "b/1,h2c"}}}) ==
        "a, b/1");
  CHECK(offered_protocols({"GET", "/", 1, {{"Upgrade", "a"}}}) == "");
}

TEST_CASE("A 101 is accepted only if it switches to protocols that were offered") {
  CHECK(switches({{"upgrade", "WebSocket"}}, "websocket"));
  CHECK(switches({{"Upgrade", "websocket"}}, "chat/1, websocket/13"));
  CHECK(switches({{"Upgrade", "b/2"}}, "a, b"));
  CHECK(switches({{"Upgrade", "TLS/1.3, HTTP/1.1"}}, "HTTP/1.1,TLS/1.3"));
  CHECK(switches({{"Upgrade", "a"}, {"Upgrade", "b"}}, "a, b"));
  CHECK_FALSE(switches({{"Upgrade", "websocket"}}, ""));
  CHECK_FALSE(switches({{"Upgrade", "websocket"}}, "websockets"));
  CHECK_FALSE(switches({{"Upgrade", "chat/2"}}, "chat/1"));
  CHECK_FALSE(switches({{"Upgrade", "websocket, h2c"}}, "websocket"));
  CHECK_FALSE(switches({{"Upgrade", "websocket"}, {"Upgrade", "h2c"}}, "websocket"));
  CHECK_FALSE(switches({{"Upgrade", " , "}}, "websocket"));
  CHECK_FALSE(switches({{"Connection", "upgrade"}}, "websocket"));
}

TEST_CASE("A 101 with more than 16 protocols is rejected") {
  std::string many = "a";
  for (int i = 1; i < 16; ++i) many += ",a";
  CHECK(switches({{"Upgrade", many}}, "a"));
  many += ",a";
  CHECK_FALSE(switches({{"Upgrade", many}}, "a"));
}
