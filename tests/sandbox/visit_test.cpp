// Tests of the origin's page for people.
#include "fixture.hpp"

using namespace aluvia::sandbox;
using namespace aluvia::sandbox::test;

namespace {

Response visit(const Fixture& fixture, const std::string& path, const std::string& fields) {
  Client client(fixture.box.ports().origin);
  return client.asks(get(path, fields));
}

}  // namespace

TEST_CASE("The page shows the request, as text for curl and as HTML for a browser") {
  const Fixture fixture({.token = "token-1", .has_pages = true});
  const Response text = visit(fixture, "/x?y", "Accept: */*\r\nX-Mine: 1\r\n");
  CHECK(text.field("Content-Type") == "text/plain; charset=utf-8");
  for (const char* const line :
       {"  route         direct\n", "  exit address  this machine\n", "  scheme        http\n",
        "  host          site.example\n", "  path          /x?y\n", "  X-Mine: 1\n"})
    CHECK_THAT(text.body, Catch::Contains(line));
  const Response html = visit(fixture, "/<b>", "Accept: text/html,*/*;q=0.8\r\nX-Mine: <script>&\r\n");
  CHECK(html.field("Content-Type") == "text/html; charset=utf-8");
  CHECK_THAT(html.body, Catch::StartsWith("<!doctype html>") && Catch::Contains("&lt;script>&amp;"));
  CHECK_THAT(html.body, !Catch::Contains("<script") && !Catch::Contains("<b>"));
  CHECK_THAT(visit(fixture, "/", "Accept: application/json\r\n").body,
             Catch::StartsWith("{\"via\":\"direct\""));
}

TEST_CASE("Paths of handlers and HEAD respond as without pages") {
  const Fixture fixture({.token = "token-1", .has_pages = true});
  CHECK(visit(fixture, "/bytes/3", "").body == "abc");
  Client client(fixture.box.ports().origin);
  client.sends("HEAD / HTTP/1.1\r\nHost: site.example\r\n\r\n");
  CHECK(client.receives_response(true).status == 200);
  CHECK(client.asks(get("/status/404")).status == 404);
}

TEST_CASE("The exit address is the gateway's, and another one for another session") {
  Fixture fixture({.token = "token-1", .has_pages = true});
  const auto exit_address = [&] {
    Client client(fixture.box.ports().gateway);
    const std::string body = client.asks(fixture.absolute_get("site.example", "/")).body;
    const auto at = body.find("198.51.100.");
    REQUIRE(at != body.npos);
    return body.substr(at, body.find(' ', at) - at);
  };
  const std::string first = exit_address();
  CHECK(exit_address() == first);
  for (const char* const session : {"a1", "b2", "c3"}) {  // two of them may share an address by chance
    REQUIRE(fixture.box.set_user(std::string(R"({"session_id":")") + session + "\"}"));
    if (exit_address() != first) return;
  }
  FAIL("three sessions have the address of none");
}
