// Tests of the emulated API over HTTP: tokens, ETags, PATCH, and the control requests.
#include "config/user_response.hpp"
#include "fixture.hpp"

using namespace aluvia::sandbox;
using namespace aluvia::sandbox::test;

TEST_CASE("The API gives the user to the right token only") {
  const Fixture fixture({.token = "token-1", .rules = {"*.example.com", "-x.example.com"}});
  Client client(fixture.box.ports().api);
  const Response user = client.asks(get("/user", bearer));
  CHECK(user.status == 200);
  const auto decoded = aluvia::config::decode_user_response(user.body);
  REQUIRE(decoded);
  CHECK(decoded->rules == std::vector<std::string>{"*.example.com", "-x.example.com"});
  CHECK(client.asks(get("/v1/user", bearer)).body == user.body);
  CHECK(client.asks(get("/user")).status == 401);
  CHECK(client.asks(get("/user", "Authorization: Bearer other\r\n")).status == 401);
  CHECK(client.asks(get("/user", "Authorization: Bearer forbidden-1\r\n")).status == 403);
  CHECK(client.asks(request("DELETE", "/user", "", bearer)).status == 405);
  CHECK(client.asks(get("/nothing")).status == 404);
}

TEST_CASE("The API responds with 304 until something changes") {
  Fixture fixture;
  Client client(fixture.box.ports().api);
  const std::string etag = client.asks(get("/user", bearer)).field("ETag");
  const std::string condition = bearer + "If-None-Match: " + etag + "\r\n";
  const Response same = client.asks(get("/user", condition));
  CHECK(same.status == 304);
  CHECK(same.field("ETag") == etag);
  fixture.box.set_rules({"*"});
  const Response changed = client.asks(get("/user", condition));
  CHECK(changed.status == 200);
  CHECK(changed.field("ETag") != etag);
  CHECK(changed.has(R"("rules":["*"])"));
  const Record record = fixture.box.record();
  CHECK(record.polls == 3);
  CHECK(record.not_modified == 1);
  CHECK(record.api_connections == 1);
}

TEST_CASE("PATCH changes the members in its body, and the response is the whole user") {
  const Fixture fixture;
  Client client(fixture.box.ports().api);
  const Response before = client.asks(get("/user", bearer));
  const Response patched =
      client.asks(request("PATCH", "/user", R"({"session_id":"abc1","rules":["a.test"],"id":7})", bearer));
  CHECK(patched.status == 200);
  CHECK(patched.field("ETag") != before.field("ETag"));
  CHECK(patched.has(R"("session_id":"abc1")"));
  CHECK(patched.has(R"("rules":["a.test"])"));
  CHECK_FALSE(patched.has(R"("id")"));
  CHECK(client.asks(request("PATCH", "/user", R"({"session_id":null})", bearer)).has(R"("session_id":null)"));
  const Response refused = client.asks(request("PATCH", "/user", R"({"rules":"*"})", bearer));
  CHECK(refused.status == 422);
  CHECK(refused.has(R"("details":{"rules":["must be a list of strings"]})"));
  CHECK(client.asks(request("PATCH", "/user", "{", bearer)).status == 422);
  CHECK(client.asks(request("PATCH", "/user", "{}")).status == 401);
}

TEST_CASE("One user has a path in every generation of the API") {
  const Fixture fixture;
  Client client(fixture.box.ports().api);
  const auto body = client.asks(get("/user", bearer)).body;
  for (const char* path :
       {"/connection", "/v1/connection", "/account/connections/1", "/v1/account/connections/1"}) {
    CHECK(client.asks(get(path, bearer)).body == body);
    CHECK(fixture.box.record().api_path == path);
  }
  const Response unknown = client.asks(get("/account/connections/2", bearer));
  CHECK(unknown.status == 404);
  CHECK(unknown.has("connection_not_found"));
  CHECK(client.asks(get("/account/connections/1")).status == 401);
  CHECK(client.asks(request("PATCH", "/connection", R"({"target_geo":"a"})", bearer))
            .has(R"("target_geo":"a")"));
}

TEST_CASE("PATCH with an outdated ETag changes nothing") {
  const Fixture fixture;
  Client client(fixture.box.ports().api);
  const std::string condition =
      bearer + "If-Match: " + client.asks(get("/user", bearer)).field("ETag") + "\r\n";
  CHECK(client.asks(request("PATCH", "/user", R"({"target_geo":"a"})", condition)).status == 200);
  CHECK(client.asks(request("PATCH", "/user", R"({"target_geo":"b"})", condition)).status == 412);
  CHECK(client.asks(get("/user", bearer)).has(R"("target_geo":"a")"));
}

TEST_CASE("PUT /sandbox/user takes any member and any wrapping") {
  const Fixture fixture;
  Client client(fixture.box.ports().api);
  const auto user_after = [&](const std::string& change) {
    CHECK(client.asks(request("PUT", "/sandbox/user", change)).status == 200);
    return client.asks(get("/user", bearer)).body;
  };
  CHECK(user_after(R"({"wrapping":"bare"})").starts_with(R"({"proxy_username")"));
  CHECK(user_after(R"({"wrapping":"data"})").starts_with(R"({"data":{"proxy_username")"));
  CHECK(user_after(R"({"rules":{"type":"x","items":"a,b"}})").find(R"("items":"a,b")") != std::string::npos);
  CHECK(user_after(R"({"proxy_username":null})").find(R"("proxy_username":null)") != std::string::npos);
  CHECK(user_after(R"({"auto_hostnames":["a.b"]})").find(R"("auto_hostnames":["a.b"])") != std::string::npos);
  CHECK(client.asks(request("PUT", "/sandbox/user", "[]")).status == 400);
  CHECK(client.asks(request("PUT", "/sandbox/user", R"({"wrapping":"paper"})")).status == 400);
}

TEST_CASE("The API works over TLS with a certificate of the sandbox's CA") {
  const Fixture fixture;
  for (const char* name : {"127.0.0.1", "localhost", "api.aluvia.io"}) {
    Client client(fixture.box.ports().api_tls);
    REQUIRE(client.secure(name, fixture.box.ca_pem()));
    CHECK(client.asks(get("/user", bearer)).status == 200);
  }
  Client stranger(fixture.box.ports().api_tls);
  CHECK_FALSE(stranger.secure("other.example", fixture.box.ca_pem()));
}

TEST_CASE("The record is read and cleared over HTTP") {
  const Fixture fixture;
  Client site(fixture.box.ports().origin);
  site.asks(get("/a?b=c"));
  Client client(fixture.box.ports().api);
  const Response record = client.asks(get("/sandbox/requests"));
  CHECK(
      record.has(R"({"way":"direct","scheme":"http","method":"GET","host":"site.example","path":"/a?b=c"})"));
  CHECK(record.has(R"("connects":[])"));
  CHECK(record.has(R"("polls":0,"not_modified":0,"api_connections":0,"gateway_connections":0)"));
  CHECK(client.asks(request("DELETE", "/sandbox/requests", "")).status == 200);
  CHECK(client.asks(get("/sandbox/requests")).has(R"("requests":[])"));
}
