#include "api/base_url.hpp"

#include <catch2/catch.hpp>

using aluvia::api::parse_base_url;

TEST_CASE("A base URL is a prefix and loses its trailing slashes") {
  for (const char* text :
       {"https://api.aluvia.io/v1/", "https://api.aluvia.io/v1", "HTTPS://API.Aluvia.io/v1///"}) {
    const auto url = parse_base_url(text);
    REQUIRE(url);
    CHECK(url->tls);
    CHECK(url->authority.host == "api.aluvia.io");
    CHECK(url->authority.port == 443);
    CHECK(url->prefix == "/v1");
    CHECK(url->host_field() == "api.aluvia.io");
    CHECK(url->shown() == "api.aluvia.io:443");
  }
  for (const char* text : {"https://api.aluvia.io", "https://api.aluvia.io/", "https://api.aluvia.io./"}) {
    const auto url = parse_base_url(text);
    REQUIRE(url);
    CHECK(url->authority.host == "api.aluvia.io");
    CHECK(url->prefix.empty());
  }
}

TEST_CASE("HTTP, ports and IPv6 literals are parsed") {
  const auto plain = parse_base_url("http://localhost:8081/a%20b/c");
  REQUIRE(plain);
  CHECK_FALSE(plain->tls);
  CHECK(plain->authority.port == 8081);
  CHECK(plain->host_field() == "localhost:8081");
  CHECK(plain->prefix == "/a%20b/c");

  const auto six = parse_base_url("http://[::1]");
  REQUIRE(six);
  CHECK(six->authority.host == "::1");
  CHECK(six->authority.port == 80);
  CHECK(six->host_field() == "[::1]");
  CHECK(six->shown() == "[::1]:80");
  CHECK(parse_base_url("https://[2001:db8::1]:8443/x")->host_field() == "[2001:db8::1]:8443");
}

TEST_CASE("An invalid base URL is rejected with a sentence") {
  for (const char* text : {"",
                           "api.aluvia.io",
                           "ftp://host",
                           "https://",
                           "https:///v1",
                           "https://host:0",
                           "https://host:65536",
                           "https://host:",
                           "https://host:8x",
                           "https://host:-1",
                           "https://[::1",
                           "https://[::1]x",
                           "https://[]",
                           "https://[1.2.3.4]",
                           "https://::1/",
                           "https://ho st/",
                           "https://host/a b",
                           "https://host/\r\nX: y",
                           "https://host/%zz",
                           "https://host/%4",
                           "https://host/<",
                           "https://h\xc3\xb6st/",
                           "https://a..b/",
                           "https://.a/",
                           "https://a../",
                           "https://host?x=1",
                           "https://host/v1#top"}) {
    INFO(text);
    const auto url = parse_base_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().find("API base URL") != std::string::npos);
  }
}

TEST_CASE("User information is rejected without being quoted") {
  const auto url = parse_base_url("https://user:hunter2@host/");
  REQUIRE_FALSE(url);
  CHECK(url.error().find("hunter2") == std::string::npos);
  CHECK(url.error().find("give the token in its own option") != std::string::npos);
}
