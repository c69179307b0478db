// Tests of the emulated gateway: credentials, tunnels, and absolute-form requests.
#include "fixture.hpp"

using namespace aluvia::sandbox;
using namespace aluvia::sandbox::test;

TEST_CASE("The gateway forwards absolute-form requests and the origin records the route") {
  const Fixture fixture;
  Client client(fixture.box.ports().gateway);
  CHECK(client.asks(fixture.absolute_get("www.example.com", "/a")).field("X-Sandbox-Via") == "gateway");
  CHECK(client.asks(fixture.absolute_get("other.example", "/headers"))
            .has(R"("lines":["GET /headers HTTP/1.1","Host)"));
  CHECK_FALSE(client.asks(fixture.absolute_get("other.example", "/headers")).has("Proxy-Authorization"));
  Client direct(fixture.box.ports().origin);
  CHECK(direct.asks(get("/")).field("X-Sandbox-Via") == "direct");
  const auto seen = fixture.box.requests();
  REQUIRE(seen.size() == 4);
  CHECK(seen[0].route == Route::gateway);
  CHECK(seen[0].host == "www.example.com");
  CHECK(seen[0].path == "/a");
  CHECK(seen[3].route == Route::direct);
  CHECK(fixture.box.record().gateway_connections == 1);
}

TEST_CASE("The gateway requires the current credentials of the API") {
  Fixture fixture;
  Client client(fixture.box.ports().gateway);
  const std::string old_request = fixture.connect_request("a.test:80");
  const Response refused = client.asks("CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\n");
  CHECK(refused.status == 407);
  CHECK(refused.field("Proxy-Authenticate") == "Basic realm=\"Aluvia sandbox\"");
  CHECK(client.asks("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n").status == 407);
  REQUIRE(fixture.box.set_user(R"({"proxy_username":"u","proxy_password":"p"})"));
  CHECK(fixture.box.gateway_authorization() == "Basic dTpw");
  CHECK(client.asks(old_request).status == 407);
  CHECK(client.asks(fixture.connect_request("a.test:80")).status == 200);
  const auto seen = fixture.box.connects();
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].host == "a.test");
  CHECK(seen[0].port == 80);
  CHECK(seen[1].status == 407);
  CHECK(seen[2].status == 200);
  CHECK(fixture.box.requests().empty());
}

TEST_CASE("A tunnel carries bytes that came with the CONNECT") {
  const Fixture fixture;
  Client client(fixture.box.ports().gateway);
  client.sends(fixture.connect_request("a.test:8080") + get("/"));
  CHECK(client.receives_response().status == 200);
  CHECK(client.receives_response().has(R"("via":"gateway","scheme":"http")"));
}

TEST_CASE("A tunnel to port 443 and one to the origin's TLS port end at the TLS origin") {
  const Fixture fixture;
  for (const std::string& port : {std::string("443"), std::to_string(fixture.box.ports().origin_tls)}) {
    Client client(fixture.box.ports().gateway);
    CHECK(client.asks(fixture.connect_request("www.example.com:" + port)).status == 200);
    REQUIRE(client.secure("www.example.com", fixture.box.ca_pem()));
    CHECK(client.asks(get("/")).has(R"("via":"gateway","scheme":"https")"));
  }
}

TEST_CASE("The gateway serves the same over TLS") {
  const Fixture fixture;
  Client client(fixture.box.ports().gateway_tls);
  REQUIRE(client.secure("gateway.aluvia.io", fixture.box.ca_pem()));
  CHECK(client.asks(fixture.absolute_get("www.example.com", "/bytes/200000")).body == pattern(200000));
  CHECK(client.asks(fixture.connect_request("[2001:db8::1]:80")).status == 200);
  CHECK(client.asks(get("/bytes/200000")).body == pattern(200000));
  CHECK(fixture.box.connects().at(0).host == "2001:db8::1");
}

TEST_CASE("Half-close goes through the gateway in both directions") {
  const Fixture fixture;
  for (const bool tls : {false, true}) {
    Client client(tls ? fixture.box.ports().gateway_tls : fixture.box.ports().gateway);
    if (tls) REQUIRE(client.secure("127.0.0.1", fixture.box.ca_pem()));
    CHECK(client.asks(fixture.connect_request("a.test:80")).status == 200);
    client.sends(get("/slow/20") + get("/bytes/200000"));
    client.ends_sending();
    CHECK(client.receives_response().status == 200);
    CHECK(client.receives_response().body == pattern(200000));
    CHECK(client.receives_rest().empty());
  }
  Client client(fixture.box.ports().gateway);
  CHECK(client.asks(fixture.connect_request("a.test:80")).status == 200);
  CHECK(client.asks(get("/close/10")).body == pattern(10));
}

TEST_CASE("A reset client ends its tunnel") {
  const Fixture fixture;
  auto client = std::make_unique<Client>(fixture.box.ports().gateway);
  CHECK(client->asks(fixture.connect_request("a.test:80")).status == 200);
  client->sends(get("/silent"));
  CHECK(fixture.box.wait_for([](const Record& r) { return r.requests.size() == 1; }));
  client->resets();
  Client next(fixture.box.ports().gateway);
  CHECK(next.asks(fixture.absolute_get("a.test", "/")).status == 200);
}

TEST_CASE("An upload through the gateway arrives whole, or is rejected early") {
  const Fixture fixture;
  Client client(fixture.box.ports().gateway);
  const auto post = [&](const std::string& path, std::size_t length) {
    return "POST http://a.test" + path +
           " HTTP/1.1\r\nHost: a.test\r\nContent-Length: " + std::to_string(length) + "\r\n" +
           fixture.credentials() + "\r\n";
  };
  client.sends(post("/sink", 1'000'000) + pattern(1'000'000));
  CHECK(client.receives_response().has("\"body_bytes\":1000000"));
  client.sends("POST http://a.test/sink HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n" +
               fixture.credentials() + "\r\n3\r\nabc\r\n0\r\n\r\n");
  CHECK(client.receives_response().has("\"body_bytes\":3"));
  client.sends(post("/reject", 100'000'000) + pattern(50'000));
  CHECK(client.receives_response().status == 413);
}

TEST_CASE("Responses of every framing come through the gateway, and 1xx before them") {
  const Fixture fixture;
  Client client(fixture.box.ports().gateway);
  CHECK(client.asks(fixture.absolute_get("a.test", "/early")).status == 103);
  CHECK(client.receives_response().status == 200);
  CHECK(client.asks(fixture.absolute_get("a.test", "/chunked/3")).body ==
        "3\r\nabc\r\n0\r\nX-Trailer: yes\r\n\r\n");
  CHECK(client.asks(fixture.absolute_get("a.test", "/status/204")).status == 204);
  CHECK(client.asks(fixture.absolute_get("a.test", "/close/9")).body == pattern(9));
  CHECK(client.receives_rest().empty());
}

TEST_CASE("A request that is not for a proxy is rejected") {
  const Fixture fixture;
  const auto status_of = [&](const std::string& text) {
    Client client(fixture.box.ports().gateway);
    return client.asks(text).status;
  };
  CHECK(status_of(get("/")) == 400);
  CHECK(status_of("GET https://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n") == 501);
  CHECK(status_of("CONNECT a.test:0 HTTP/1.1\r\nHost: a.test\r\n\r\n") == 400);
  CHECK(status_of("nonsense\r\n\r\n") == 400);
}
