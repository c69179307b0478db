// Tests of Result.
#include "base/result.hpp"

#include <memory>
#include <string>

#include <catch2/catch.hpp>

using aluvia::Err;
using aluvia::Result;

namespace {

Result<std::string> answer(bool good) {
  if (!good) return Err{std::make_error_code(std::errc::timed_out)};
  return std::string("forty-two");
}

}  // namespace

TEST_CASE("A result holds its value, and hands it over when it is moved from") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  REQUIRE(result);
  const std::unique_ptr<int> taken = *std::move(result);
  CHECK(*taken == 7);
}

TEST_CASE("A result without a value holds its error") {
  const auto result = answer(false);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error() == std::errc::timed_out);
  CHECK(answer(true)->size() == 9);
}

TEST_CASE("Success without a value is the default") {
  const Result<void, std::string> good;
  CHECK(good.has_value());
  const Result<void, std::string> bad = Err{std::string("no")};
  CHECK(bad.error() == "no");
}
