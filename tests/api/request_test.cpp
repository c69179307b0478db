// Tests of the requests that the client sends: fields, paths and conditions, and what it rejects before
// sending.
#include "api/api_fixture.hpp"

using namespace aluvia;
using namespace aluvia::api;
using namespace aluvia::api::testing;

TEST_CASE("The request carries token, host and what it accepts, below the prefix of the base URL") {
  MisbehavingApi server(always(ok()));
  auto api = api_for(server.url() + "/v1/");
  REQUIRE(api->get_user(""));
  REQUIRE(server.requests().size() == 1);
  const auto head = server.requests().front();
  CHECK(head.starts_with("GET /v1/user HTTP/1.1\r\n"));
  CHECK(contains(head, "\r\nAuthorization: Bearer tok-4711\r\n"));
  CHECK(contains(head, "\r\nAccept: application/json\r\n"));
  CHECK(contains(head, "\r\nAccept-Encoding: identity\r\n"));
  CHECK(contains(head, "\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
  CHECK_FALSE(contains(head, "If-None-Match"));
  CHECK_FALSE(contains(head, "Connection: close"));
}

TEST_CASE("A change is a PATCH with a JSON body, and its condition is If-Match") {
  MisbehavingApi server(always(ok("{}", "ETag: \"b\"\r\n")));
  auto api = api_for(server.url() + "/v1");
  const auto reply = api->update({{}, "abc", {}}, "\"a\"");
  REQUIRE(reply);
  CHECK(reply->etag == "\"b\"");
  REQUIRE(api->update({{}, {}, "us"}, ""));
  REQUIRE(api->get_user("\"b\""));
  CHECK(server.connections() == 1);
  REQUIRE(server.requests().size() == 3);
  const auto first = server.requests()[0];
  CHECK(first.starts_with("PATCH /v1/user HTTP/1.1\r\n"));
  CHECK(contains(first, "\r\nAuthorization: Bearer tok-4711\r\n"));
  CHECK(contains(first, "\r\nContent-Type: application/json\r\n"));
  CHECK(contains(first, "\r\nIf-Match: \"a\"\r\n"));
  CHECK_FALSE(contains(first, "If-None-Match"));
  CHECK(first.ends_with("\r\n\r\n{\"session_id\":\"abc\"}"));
  CHECK_FALSE(contains(server.requests()[1], "If-Match"));
  CHECK_FALSE(contains(server.requests()[2], "Content-Type"));
}

namespace {

// Responds by the path of the request; 500 to every other path.
MisbehavingApi::Script by_path(std::vector<std::pair<std::string, std::string>> answers) {
  return [answers = std::move(answers)](auto& peer) {
    while (const auto request = peer.read_request()) {
      std::string answer = response("500 Oops", "", "{}");
      for (const auto& [path, bytes] : answers) {
        if (contains(*request, " " + path + " HTTP/1.1\r\n")) answer = bytes;
      }
      peer.send(answer);
    }
  };
}

std::string path_of(const std::string& request) {
  const auto begin = request.find(' ') + 1;
  return request.substr(begin, request.find(' ', begin) - begin);
}

const std::string kNotFound = response("404 Not Found", "", "{}");

}  // namespace

TEST_CASE("A token that /user does not know is asked for at /connection from then on") {
  MisbehavingApi server(by_path({{"/v1/user", kNotFound}, {"/v1/connection", ok()}}));
  auto api = api_for(server.url() + "/v1");
  REQUIRE(api->get_user("")->status == 200);
  REQUIRE(api->get_user("\"e\"")->status == 200);
  REQUIRE(api->update({{}, "abc", {}}, "")->status == 200);
  std::vector<std::string> paths;
  for (const auto& request : server.requests()) paths.push_back(path_of(request));
  CHECK(paths == std::vector<std::string>{"/v1/user", "/v1/connection", "/v1/connection", "/v1/connection"});
}

TEST_CASE("A token that /user has known once is not asked for at /connection") {
  MisbehavingApi server([](auto& peer) {
    peer.read_request();
    peer.send(ok());
    while (peer.read_request()) peer.send(kNotFound);
  });
  auto api = api_for(server.url());
  REQUIRE(api->get_user("")->status == 200);
  REQUIRE(api->get_user("")->status == 404);
  REQUIRE(server.requests().size() == 2);
  CHECK(path_of(server.requests()[1]) == "/user");
}

TEST_CASE("If neither path knows the token, the reply is that of /user, at every call") {
  for (const char* other : {"404 Not Found", "403 Forbidden", "401 Unauthorized"}) {
    MisbehavingApi server(by_path(
        {{"/user", response("404 Not Found", "", "user")}, {"/connection", response(other, "", "x")}}));
    auto api = api_for(server.url());
    for (int i = 0; i < 2; ++i) {
      const auto reply = api->get_user("");
      REQUIRE(reply);
      CHECK(reply->status == 404);
      CHECK(reply->body == "user");
    }
    CHECK(server.requests().size() == 4);
  }
}

TEST_CASE("A 500 of /connection is the reply, and both paths are asked again") {
  MisbehavingApi server(by_path({{"/user", kNotFound}}));
  auto api = api_for(server.url());
  CHECK(api->get_user("")->status == 500);
  CHECK(api->get_user("")->status == 500);
  REQUIRE(server.requests().size() == 4);
  CHECK(path_of(server.requests()[2]) == "/user");
}

TEST_CASE("A connection id names the only resource that is asked") {
  MisbehavingApi server(always(kNotFound));
  auto options = options_for(server.url() + "/v1/");
  options.connection_id = "42";
  auto api = api_with(std::move(options));
  CHECK(api->get_user("")->status == 404);
  CHECK(api->update({{}, "abc", {}}, "")->status == 404);
  REQUIRE(server.requests().size() == 2);
  CHECK(server.requests()[0].starts_with("GET /v1/account/connections/42 HTTP/1.1\r\n"));
  CHECK(server.requests()[1].starts_with("PATCH /v1/account/connections/42 HTTP/1.1\r\n"));
}

TEST_CASE("A connection id that is no number never gets into a path") {
  for (const char* id : {"a", "1/2", "-1", "1 ", "123456789012345678901"}) {
    auto options = options_for("http://127.0.0.1:1");
    options.connection_id = id;
    CHECK_FALSE(make_http_user_api(std::move(options)));
  }
}

TEST_CASE("A token that cannot stand in a field is rejected without being quoted") {
  for (const char* token :
       {"", "tok en-99", "tok\r\nX: en-99", "tok\ten-99", "t\xc3\xb6k-en-99", "en-99\x7f"}) {
    ApiOptions options;
    options.token = Secret(token);
    const auto made = make_http_user_api(std::move(options));
    REQUIRE_FALSE(made);
    CHECK(contains(made.error(), "token"));
    CHECK_FALSE(contains(made.error(), "en-99"));
  }
}

TEST_CASE("A bad base URL or CA file is rejected before anything is sent") {
  auto bad_url = make_http_user_api(options_for("ftp://x"));
  REQUIRE_FALSE(bad_url);
  CHECK(contains(bad_url.error(), "https://"));

  auto options = options_for("https://127.0.0.1");
  options.ca_file = "/nonexistent/ca.pem";
  auto missing = make_http_user_api(options);
  REQUIRE_FALSE(missing);
  CHECK(missing.error() == "cannot read certificates from /nonexistent/ca.pem: No such file or directory");

  options.ca_file = "/etc/hostname";
  auto wrong = make_http_user_api(options);
  REQUIRE_FALSE(wrong);
  CHECK(contains(wrong.error(), "/etc/hostname"));
}
