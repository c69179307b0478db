#include "bench.hpp"

using namespace aluvia::sandbox;
using namespace aluvia::sandbox::test;

TEST_CASE("the API answers the status that is asked for, as often as asked for") {
  Bench bench;
  bench.box.set_api_fault(Fault{.status = 500, .body = "oops", .headers = {{"X-A", "b"}}, .times = 2});
  Client client(bench.box.ports().api);
  const Response first = client.asks(get("/user", bearer));
  CHECK(first.status == 500);
  CHECK(first.body == "oops");
  CHECK(first.field("X-A") == "b");
  CHECK(client.asks(get("/user", bearer)).status == 500);
  CHECK(client.asks(get("/user", bearer)).status == 200);
  CHECK(bench.box.record().polls == 3);
}

TEST_CASE("faults are set and ended over HTTP") {
  const Bench bench;
  Client client(bench.box.ports().api);
  const auto put = [&](const std::string& body) {
    return client.asks(request("PUT", "/sandbox/faults", body)).status;
  };
  CHECK(put(R"({"api":{"kind":"status","status":429,"headers":{"Retry-After":"7"}}})") == 200);
  const Response limited = client.asks(get("/user", bearer));
  CHECK(limited.status == 429);
  CHECK(limited.field("Retry-After") == "7");
  CHECK(put(R"({"api":null,"gateway":{"kind":"status","status":503,"times":1}})") == 200);
  CHECK(client.asks(get("/user", bearer)).status == 200);
  Client gateway(bench.box.ports().gateway);
  CHECK(gateway.asks(bench.connect_request("a.test:80")).status == 503);
  CHECK(gateway.asks(bench.connect_request("a.test:80")).status == 200);
  CHECK(put(R"({"api":{"kind":"explode"}})") == 400);
  CHECK(put(R"({"api":{"status":500}})") == 400);
  CHECK(put(R"({"api":{"kind":"status","status":"x"}})") == 400);
  CHECK(put(R"({"origin":null})") == 400);
  CHECK(put("") == 400);
}

TEST_CASE("close ends without an answer, reset with an RST") {
  Bench bench;
  for (const auto kind : {FaultKind::close, FaultKind::reset}) {
    bench.box.set_api_fault(Fault{.kind = kind});
    bench.box.set_gateway_fault(Fault{.kind = kind});
    Client api(bench.box.ports().api);
    api.sends(get("/user", bearer));
    CHECK(api.receives_rest().empty());
    CHECK(api.was_reset() == (kind == FaultKind::reset));
    Client gateway(bench.box.ports().gateway);
    gateway.sends(bench.connect_request("a.test:80"));
    CHECK(gateway.receives_rest().empty());
    CHECK(gateway.was_reset() == (kind == FaultKind::reset));
  }
  CHECK(bench.box.connects().at(1).status == 0);
}

TEST_CASE("hang answers nothing until the client gives up") {
  Bench bench;
  bench.box.set_gateway_fault(Fault{.kind = FaultKind::hang, .times = 1});
  Client gateway(bench.box.ports().gateway);
  gateway.sends(bench.connect_request("a.test:80"));
  CHECK(bench.box.wait_for([](const Record& r) { return r.connects.size() == 1; }));
  gateway.ends_sending();
  CHECK(gateway.receives_rest().empty());
}

TEST_CASE("a stalled body stops half-way") {
  Bench bench;
  bench.box.set_api_fault(Fault{.kind = FaultKind::stall_body});
  Client client(bench.box.ports().api);
  client.sends(get("/user", bearer));
  const std::string head = client.receives_until("\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(client.receives(20).starts_with(R"({"success":true,)"));
  client.ends_sending();
  const std::size_t rest = client.receives_rest().size();
  const Response whole{200, head, {}};
  CHECK(rest + 20 == std::stoul(whole.field("Content-Length")) / 2);
}

TEST_CASE("a dribbled answer is the right one, byte by byte") {
  Bench bench;
  bench.box.set_api_fault(
      Fault{.kind = FaultKind::dribble, .times = 1, .pace = std::chrono::milliseconds(0)});
  Client api(bench.box.ports().api);
  const Response dribbled = api.asks(get("/user", bearer));
  CHECK(dribbled.body == api.asks(get("/user", bearer)).body);
  bench.box.set_gateway_fault(Fault{.kind = FaultKind::dribble, .pace = std::chrono::milliseconds(1)});
  Client gateway(bench.box.ports().gateway);
  CHECK(gateway.asks(bench.connect_request("a.test:80")).status == 200);
  CHECK(gateway.asks(get("/bytes/4")).body == "abcd");
}

TEST_CASE("raw bytes are sent as they are") {
  Bench bench;
  bench.box.set_gateway_fault(Fault{.kind = FaultKind::raw, .raw = "SSH-2.0-nonsense\r\n"});
  Client nonsense(bench.box.ports().gateway);
  nonsense.sends(bench.connect_request("a.test:80"));
  CHECK(nonsense.receives_rest() == "SSH-2.0-nonsense\r\n");
  CHECK_FALSE(nonsense.was_reset());
  bench.box.set_api_fault(
      Fault{.kind = FaultKind::raw, .raw = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"});
  Client api(bench.box.ports().api);
  CHECK(api.asks(get("/user", bearer)).body == "short");
}

TEST_CASE("a raw 200 to a CONNECT delivers its leftover and opens the tunnel") {
  Bench bench;
  bench.box.set_gateway_fault(Fault{.kind = FaultKind::raw, .raw = "HTTP/1.1 200 Fine\r\n\r\nleftover"});
  Client client(bench.box.ports().gateway);
  client.sends(bench.connect_request("a.test:80"));
  CHECK(client.receives_until("leftover") == "HTTP/1.1 200 Fine\r\n\r\nleftover");
  CHECK(client.asks(get("/bytes/2")).body == "ab");
  CHECK(bench.box.connects().at(0).status == 200);
}

TEST_CASE("gateway faults meet absolute-form requests too, also over TLS") {
  Bench bench;
  bench.box.set_gateway_fault(Fault{.kind = FaultKind::status, .status = 407});
  Client client(bench.box.ports().gateway_tls);
  REQUIRE(client.secure("127.0.0.1", bench.box.ca_pem()));
  CHECK(client.asks(bench.absolute_get("a.test", "/")).status == 407);
  bench.box.set_gateway_fault(std::nullopt);
  CHECK(client.asks(bench.absolute_get("a.test", "/")).status == 200);
}
