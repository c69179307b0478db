// Tests the colors of the answers of commands.
#include "answer_style.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::app;

namespace {

const TerminalStyle colored(true);

}  // namespace

TEST_CASE("Without colors an answer stays as it is") {
  for (const char* const text : {"ready  yes\ngateway  1\n", "Added a.test (1 rule). In force now.\n", ""})
    CHECK(painted(text, TerminalStyle()) == text);
}

TEST_CASE("An answer has its routes and its state in color") {
  CHECK(painted("ready  yes\n", colored) == "ready  \x1b[32myes\x1b[0m\n");
  CHECK(painted("proxy  x\nready  no: stopping\n", colored) ==
        "proxy  x\nready  \x1b[1;31mno: stopping\x1b[0m\n");
  CHECK(painted("a.test: gateway (yes)\n", colored) == "a.test: \x1b[35mgateway\x1b[0m (yes)\n");
  CHECK(painted("direct.test gateways", colored) == "direct.test gateways");
  CHECK(painted("direct", colored) == "\x1b[36mdirect\x1b[0m");
}

TEST_CASE("Failures are red, and no failure is not") {
  CHECK(painted("1 tunnel, 2 failed", colored) == "1 tunnel, 2 \x1b[1;31mfailed\x1b[0m");
  CHECK(painted("1 tunnel, 10 failed", colored) == "1 tunnel, 10 \x1b[1;31mfailed\x1b[0m");
  CHECK(painted("1 tunnel, 0 failed", colored) == "1 tunnel, 0 failed");
  CHECK(painted("a.test: rejected with 403", colored) == "a.test: \x1b[1;31mrejected\x1b[0m with 403");
  CHECK(painted("warning  the rules", colored) == "\x1b[33mwarning\x1b[0m  the rules");
}

TEST_CASE("A change is green, and no change is not") {
  CHECK(painted("Added a.test (1 rule). In force now.\n", colored) ==
        "\x1b[32mAdded\x1b[0m a.test (1 rule). In force now.\n");
  CHECK(painted("New session 7fex: the next gateway connection\n", colored) ==
        "\x1b[32mNew session\x1b[0m 7fex: the next \x1b[35mgateway\x1b[0m connection\n");
  CHECK(painted("a.test is already there (1 rule). Nothing changed.\n", colored) ==
        "a.test is already there (1 rule). Nothing changed.\n");
}

TEST_CASE("A rule has the color of the route to which it sends") {
  CHECK(painted("account  *.a.test\nlocal    -b.a.test\n", colored) ==
        "\x1b[2maccount  \x1b[0m\x1b[35m*.a.test\x1b[0m\n"
        "\x1b[2mlocal    \x1b[0m\x1b[36m-b.a.test\x1b[0m\n");
}
