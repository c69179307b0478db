// Tests the text of a host and a port.
#include "host/host_port.hpp"

#include <catch2/catch.hpp>

using aluvia::host::host_port;

TEST_CASE("Only an IPv6 address has brackets in front of its port") {
  CHECK(host_port("a.test", 80) == "a.test:80");
  CHECK(host_port("127.0.0.1", 65535) == "127.0.0.1:65535");
  CHECK(host_port("::1", 443) == "[::1]:443");
}
