// Tests of filtering Proxy-Status.
#include "http/proxy_status.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::http;

TEST_CASE("A Proxy-Status that does not name us stays byte for byte") {
  for (const std::string value :
       {"", "cdn", "cdn;hit ,  \"proxy, two\"; error=dns_error; details=\"x \\\"y\\\"\"", "aluvia-connect2",
        "my-aluvia-connect", "cdn; details=\"aluvia-connect, aluvia-connect\"",
        "cdn; next-hop=aluvia-connect, b", "broken \"string", ",,"}) {
    INFO(value);
    CHECK(without_us(value) == value);
  }
}

TEST_CASE(
    "Members that name us are removed, as a token or a string, in any letter case and with any parameters") {
  for (const std::string value :
       {"aluvia-connect", "Aluvia-Connect", "aluvia-connect; error=dns_error; details=\"a, b; c\"",
        "\"aluvia-connect\"", "\"aluvia\\-connect\";error=x", "aluvia-connect ;error=x",
        "aluvia-connect error=x", " ,aluvia-connect,\taluvia-connect;x"}) {
    INFO(value);
    CHECK(without_us(value) == "");
    CHECK(without_us("a;x=\"1,2\", " + value + " ,b") == "a;x=\"1,2\", b");
  }
}

TEST_CASE("A Proxy-Status with an unterminated string is removed if it may name us") {
  CHECK(without_us("cdn; details=\"x, aluvia-connect; error=dns_error") == "");
  CHECK(without_us("y\", aluvia-connect; error=dns_error") == "");
  CHECK(without_us("cdn; details=\"x\\") == "");
}
