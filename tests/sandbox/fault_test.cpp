// Tests of every kind of fault, of the API and of the gateway.
#include "fixture.hpp"

using namespace aluvia::sandbox;
using namespace aluvia::sandbox::test;

TEST_CASE("The API responds with the configured status, the configured number of times") {
  Fixture fixture;
  fixture.box.set_api_fault(Fault{.status = 500, .body = "oops", .headers = {{"X-A", "b"}}, .times = 2});
  Client client(fixture.box.ports().api);
  const Response first = client.asks(get("/user", bearer));
  CHECK(first.status == 500);
  CHECK(first.body == "oops");
  CHECK(first.field("X-A") == "b");
  CHECK(client.asks(get("/user", bearer)).status == 500);
  CHECK(client.asks(get("/user", bearer)).status == 200);
  CHECK(fixture.box.record().polls == 3);
}

TEST_CASE("Faults are set and ended over HTTP") {
  const Fixture fixture;
  Client client(fixture.box.ports().api);
  const auto put = [&](const std::string& body) {
    return client.asks(request("PUT", "/sandbox/faults", body)).status;
  };
  CHECK(put(R"({"api":{"kind":"status","status":429,"headers":{"Retry-After":"7"}}})") == 200);
  const Response limited = client.asks(get("/user", bearer));
  CHECK(limited.status == 429);
  CHECK(limited.field("Retry-After") == "7");
  CHECK(put(R"({"api":null,"gateway":{"kind":"status","status":503,"times":1}})") == 200);
  CHECK(client.asks(get("/user", bearer)).status == 200);
  Client gateway(fixture.box.ports().gateway);
  CHECK(gateway.asks(fixture.connect_request("a.test:80")).status == 503);
  CHECK(gateway.asks(fixture.connect_request("a.test:80")).status == 200);
  CHECK(put(R"({"api":{"kind":"explode"}})") == 400);
  CHECK(put(R"({"api":{"status":500}})") == 400);
  CHECK(put(R"({"api":{"kind":"status","status":"x"}})") == 400);
  CHECK(put(R"({"origin":null})") == 400);
  CHECK(put("") == 400);
}

TEST_CASE("Close ends without a response, reset with an RST") {
  Fixture fixture;
  for (const auto kind : {FaultKind::close, FaultKind::reset}) {
    fixture.box.set_api_fault(Fault{.kind = kind});
    fixture.box.set_gateway_fault(Fault{.kind = kind});
    Client api(fixture.box.ports().api);
    api.sends(get("/user", bearer));
    CHECK(api.receives_rest().empty());
    CHECK(api.was_reset() == (kind == FaultKind::reset));
    Client gateway(fixture.box.ports().gateway);
    gateway.sends(fixture.connect_request("a.test:80"));
    CHECK(gateway.receives_rest().empty());
    CHECK(gateway.was_reset() == (kind == FaultKind::reset));
  }
  CHECK(fixture.box.connects().at(1).status == 0);
}

TEST_CASE("Hang sends no response until the client closes") {
  Fixture fixture;
  fixture.box.set_gateway_fault(Fault{.kind = FaultKind::hang, .times = 1});
  Client gateway(fixture.box.ports().gateway);
  gateway.sends(fixture.connect_request("a.test:80"));
  CHECK(fixture.box.wait_for([](const Record& r) { return r.connects.size() == 1; }));
  gateway.ends_sending();
  CHECK(gateway.receives_rest().empty());
}

TEST_CASE("A stalled body stops half-way") {
  Fixture fixture;
  fixture.box.set_api_fault(Fault{.kind = FaultKind::stall_body});
  Client client(fixture.box.ports().api);
  client.sends(get("/user", bearer));
  const std::string head = client.receives_until("\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(client.receives(20).starts_with(R"({"success":true,)"));
  client.ends_sending();
  const std::size_t rest = client.receives_rest().size();
  const Response whole{200, head, {}};
  CHECK(rest + 20 == std::stoul(whole.field("Content-Length")) / 2);
}

TEST_CASE("A dribbled response is the regular one, byte by byte") {
  Fixture fixture;
  fixture.box.set_api_fault(
      Fault{.kind = FaultKind::dribble, .times = 1, .pace = std::chrono::milliseconds(0)});
  Client api(fixture.box.ports().api);
  const Response dribbled = api.asks(get("/user", bearer));
  CHECK(dribbled.body == api.asks(get("/user", bearer)).body);
  fixture.box.set_gateway_fault(Fault{.kind = FaultKind::dribble, .pace = std::chrono::milliseconds(1)});
  Client gateway(fixture.box.ports().gateway);
  CHECK(gateway.asks(fixture.connect_request("a.test:80")).status == 200);
  CHECK(gateway.asks(get("/bytes/4")).body == "abcd");
}

TEST_CASE("Raw bytes are sent unchanged") {
  Fixture fixture;
  fixture.box.set_gateway_fault(Fault{.kind = FaultKind::raw, .raw = "SSH-2.0-nonsense\r\n"});
  Client nonsense(fixture.box.ports().gateway);
  nonsense.sends(fixture.connect_request("a.test:80"));
  CHECK(nonsense.receives_rest() == "SSH-2.0-nonsense\r\n");
  CHECK_FALSE(nonsense.was_reset());
  fixture.box.set_api_fault(
      Fault{.kind = FaultKind::raw, .raw = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"});
  Client api(fixture.box.ports().api);
  CHECK(api.asks(get("/user", bearer)).body == "short");
}

TEST_CASE("A raw 200 to a CONNECT delivers its leftover and opens the tunnel") {
  Fixture fixture;
  fixture.box.set_gateway_fault(Fault{.kind = FaultKind::raw, .raw = "HTTP/1.1 200 Fine\r\n\r\nleftover"});
  Client client(fixture.box.ports().gateway);
  client.sends(fixture.connect_request("a.test:80"));
  CHECK(client.receives_until("leftover") == "HTTP/1.1 200 Fine\r\n\r\nleftover");
  CHECK(client.asks(get("/bytes/2")).body == "ab");
  CHECK(fixture.box.connects().at(0).status == 200);
}

TEST_CASE("Gateway faults meet absolute-form requests too, also over TLS") {
  Fixture fixture;
  fixture.box.set_gateway_fault(Fault{.kind = FaultKind::status, .status = 407});
  Client client(fixture.box.ports().gateway_tls);
  REQUIRE(client.secure("127.0.0.1", fixture.box.ca_pem()));
  CHECK(client.asks(fixture.absolute_get("a.test", "/")).status == 407);
  fixture.box.set_gateway_fault(std::nullopt);
  CHECK(client.asks(fixture.absolute_get("a.test", "/")).status == 200);
}
