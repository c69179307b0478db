// Tests the end of an error about a command line.
#include "suggestion.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::app;

TEST_CASE("An error ends with the help to read, without a semicolon behind a question") {
  CHECK(with_help("no --x", "run") == "no --x; see aluvia-connect run --help");
  CHECK(with_help("no --x; did you mean --y?", "") == "no --x; did you mean --y? see aluvia-connect --help");
}
