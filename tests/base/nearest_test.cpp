// Tests the suggestions for mistyped names.
#include "base/nearest.hpp"

#include <array>
#include <string>

#include <catch2/catch.hpp>

using namespace aluvia;

namespace {
const std::array<std::string, 5> names{"port", "host", "status", "stop", "browser-args"};
}

TEST_CASE("A name with a typing error is found, and the nearest one of several") {
  CHECK(nearest("prt", names) == "port");
  CHECK(nearest("statsu", names) == "status");
  CHECK(nearest("brwser-arg", names) == "browser-args");
  CHECK(nearest("stpo", std::array<std::string, 2>{"step", "stop"}) == "stop");
  CHECK(did_you_mean("statu", names) == "; did you mean status?");
}

TEST_CASE("A text that is near no name, very short or long has no suggestion") {
  CHECK(nearest("kangaroo", names).empty());
  CHECK(nearest("po", names).empty());
  CHECK(nearest("", names).empty());
  CHECK(nearest("toaster", names).empty());
  CHECK(nearest(std::string(41, 'p'), std::array<std::string, 1>{std::string(41, 'p')}).empty());
  CHECK(did_you_mean("kangaroo", names).empty());
}
