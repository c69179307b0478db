// The token disappears from the memory that `ps` and /proc show.
#include "secret_arguments.hpp"

#include "fixture.hpp"

#include <fstream>
#include <iterator>

using namespace aluvia::app;
using aluvia::app::test::Environment;

namespace {

std::vector<std::string> hidden(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  hide_token_argument(static_cast<int>(arguments.size()), pointers.data());
  return arguments;
}

using Arguments = std::vector<std::string>;

}  // namespace

TEST_CASE("The token's argument is overwritten in both spellings, and nothing else is") {
  CHECK(hidden({"x", "--token", "abc", "--port", "1"}) == Arguments{"x", "--token", "***", "--port", "1"});
  CHECK(hidden({"x", "run", "--token=abc", "--token-file=abc"}) ==
        Arguments{"x", "run", "--token=***", "--token-file=abc"});
  CHECK(hidden({"x", "--token-file", "abc"}) == Arguments{"x", "--token-file", "abc"});
  CHECK(hidden({"x", "--token", "a", "--token=b"}) == Arguments{"x", "--token", "*", "--token=*"});
}

TEST_CASE("A token option without a value, and an empty one, are left as they are") {
  CHECK(hidden({"x", "--token"}) == Arguments{"x", "--token"});
  CHECK(hidden({"x", "--token="}) == Arguments{"x", "--token="});
  CHECK(hidden({"x", "--token", ""}) == Arguments{"x", "--token", ""});
  CHECK(hidden({"x"}) == Arguments{"x"});
  CHECK(hidden({}) == Arguments{});
}

TEST_CASE("What stands after -- belongs to another program") {
  CHECK(hidden({"x", "--", "--token", "abc"}) == Arguments{"x", "--", "--token", "abc"});
}

TEST_CASE("The token's variables are removed, and overwritten where they stood") {
  Environment environment;
  environment.set("ALUVIA_TOKEN", "abc");
  environment.set("ALV_USER_TOKEN", "def");
  environment.set("ALUVIA_TOKEN_FILE", "/token");
  const char* const place = ::getenv("ALUVIA_TOKEN");
  hide_token_environment();
  CHECK(::getenv("ALUVIA_TOKEN") == nullptr);
  CHECK(::getenv("ALV_USER_TOKEN") == nullptr);
  CHECK(std::string(::getenv("ALUVIA_TOKEN_FILE")) == "/token");
  CHECK(std::string(place, 3) == "***");
}
