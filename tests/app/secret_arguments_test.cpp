// Tests that secrets disappear from the memory that `ps` and /proc show, and from the arguments that are
// passed on.
#include "secret_arguments.hpp"

#include "fixture.hpp"

using namespace aluvia::app;
using aluvia::app::test::Environment;

namespace {

using Arguments = std::vector<std::string>;

struct Taken {
  Arguments left;    // in the process's memory
  Arguments passed;  // on, with what marks stand for in brackets
};

Taken take(Arguments arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  Taken out;
  out.passed = take_arguments(static_cast<int>(arguments.size()), pointers.data());
  for (std::string& one : out.passed) {
    const auto mark = one.find('\x01');
    if (mark == one.npos) continue;
    const auto secret = secret_of(one.substr(mark));
    one = one.substr(0, mark) + '<' + std::string(secret.reveal()) + '>';
  }
  out.left = std::move(arguments);
  return out;
}

}  // namespace

TEST_CASE(
    "A secret's argument is overwritten in both spellings and passed on as a mark, and nothing else is") {
  const Taken one = take({"x", "--token", "abc", "--port", "1"});
  CHECK(one.left == Arguments{"x", "--token", "***", "--port", "1"});
  CHECK(one.passed == Arguments{"--token", "<abc>", "--port", "1"});
  const Taken two =
      take({"x", "run", "--token=abc", "--token-file=abc", "--proxy-auth=u:p", "--proxy-auth", "v:q"});
  CHECK(two.left ==
        Arguments{"x", "run", "--token=***", "--token-file=abc", "--proxy-auth=***", "--proxy-auth", "***"});
  CHECK(two.passed ==
        Arguments{"run", "--token=<abc>", "--token-file=abc", "--proxy-auth=<u:p>", "--proxy-auth", "<v:q>"});
  CHECK(take({"x", "--token-file", "abc"}).left == Arguments{"x", "--token-file", "abc"});
}

TEST_CASE("A secret option without a value, and an empty one, are left as they are") {
  CHECK(take({"x", "--token"}).passed == Arguments{"--token"});
  CHECK(take({"x", "--token="}).passed == Arguments{"--token="});
  CHECK(take({"x", "--token", ""}).passed == Arguments{"--token", ""});
  CHECK(take({"x"}).passed.empty());
  CHECK(take({}).passed.empty());
}

TEST_CASE("Arguments after -- belong to another program") {
  const Taken taken = take({"x", "--", "--token", "abc", "--proxy-auth=u:p"});
  CHECK(taken.left == Arguments{"x", "--", "--token", "abc", "--proxy-auth=u:p"});
  CHECK(taken.passed == Arguments{"--", "--token", "abc", "--proxy-auth=u:p"});
}

TEST_CASE("A text that is no mark stands for itself") {
  for (const char* const text : {"", "abc", "\x01", "\x01x",
                                 "\x01"
                                 "999999"})
    CHECK(secret_of(text).reveal() == text);
}

TEST_CASE("The options are read through the marks") {
  const Environment environment;
  std::string arguments[] = {"x", "--token", "abc", "--proxy-auth=u:p"};
  char* pointers[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), arguments[3].data(),
                      nullptr};
  const auto read = test::options(take_arguments(4, pointers));
  CHECK(read.client.token.reveal() == "abc");
  CHECK(read.client.proxy_auth.reveal() == "u:p");
}

TEST_CASE("The secrets' variables are removed, and overwritten where they stood") {
  Environment environment;
  environment.set("ALUVIA_TOKEN", "abc");
  environment.set("ALV_USER_TOKEN", "def");
  environment.set("ALUVIA_PROXY_AUTH", "u:p");
  environment.set("ALUVIA_TOKEN_FILE", "/token");
  const char* const place = ::getenv("ALUVIA_TOKEN");
  const char* const other = ::getenv("ALUVIA_PROXY_AUTH");
  hide_secret_environment();
  CHECK(::getenv("ALUVIA_TOKEN") == nullptr);
  CHECK(::getenv("ALUVIA_PROXY_AUTH") == nullptr);
  CHECK(std::string(::getenv("ALUVIA_TOKEN_FILE")) == "/token");
  CHECK(std::string(place, 3) == "***");
  CHECK(std::string(other, 3) == "***");
}
