// Tests the sources of the token and their order.
#include "fixture.hpp"

#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace aluvia;
using namespace aluvia::app;
using namespace aluvia::app::test;
using Catch::Contains;
using Catch::StartsWith;

namespace {

std::string token(const Arguments& arguments = {}) {
  return std::string(options(arguments).client.token.reveal());
}

}  // namespace

TEST_CASE("The first source that has a token wins") {
  Environment environment;
  const Folder folder;
  const auto flag_file = folder.file("flag", "flag-file");
  const auto config = folder.file("config", "token = config\n");
  const auto config_file =
      folder.file("config-file", "token-file = " + folder.file("named", "config-file") + "\n");

  CHECK(token().empty());
  folder.file("aluvia-token", "credentials\n");
  environment.set("CREDENTIALS_DIRECTORY", folder.path());
  CHECK(token() == "credentials");
  CHECK(token({"--config", config_file}) == "config-file");
  CHECK(token({"--config", config}) == "config");
  environment.set("ALUVIA_TOKEN_FILE", folder.file("variable", "variable-file"));
  CHECK(token({"--config", config}) == "variable-file");
  environment.set("ALV_USER_TOKEN", "vendor-variable");
  CHECK(token({"--config", config}) == "vendor-variable");
  environment.set("ALUVIA_TOKEN", "variable");
  CHECK(token({"--config", config}) == "variable");
  CHECK(token({"--config", config, "--token-file", flag_file}) == "flag-file");
  CHECK(token({"--config", config, "--token-file", flag_file, "--token", "flag"}) == "flag");
}

TEST_CASE("A variable that is empty or blank counts as unset") {
  Environment environment;
  environment.set("ALV_USER_TOKEN", "vendor-variable");
  for (const char* const nothing : {"", " ", "\t\n"}) {
    environment.set("ALUVIA_TOKEN", nothing);
    CHECK(token() == "vendor-variable");
  }
}

TEST_CASE("White space around a token is dropped") {
  Environment environment;
  const Folder folder;
  CHECK(token({"--token", " abc\n"}) == "abc");
  CHECK(token({"--token-file", folder.file("token", "\r\n abc \r\n")}) == "abc");
  environment.set("ALUVIA_TOKEN", " abc ");
  CHECK(token() == "abc");
}

TEST_CASE("An empty --token is an error and no reason to look elsewhere") {
  Environment environment;
  const Folder folder;
  environment.set("ALUVIA_TOKEN", "variable");
  CHECK_THAT(complaint({"--token="}), StartsWith("cannot use --token: it is empty"));
  CHECK_THAT(complaint({"--token", ""}), StartsWith("cannot use --token: it is empty"));
  CHECK_THAT(complaint({"--token", "  "}), StartsWith("cannot use --token: it is empty"));
  CHECK_THAT(complaint({"--token=", "--port", "1"}), StartsWith("cannot use --token: it is empty"));
  CHECK_THAT(complaint({"--token-file="}), StartsWith("cannot use --token-file '': it takes a file"));
  ::unsetenv("ALUVIA_TOKEN");
  const auto config = folder.file("config", "token = \"\"\n");
  CHECK_THAT(complaint({"--config", config}),
             StartsWith("cannot use token of " + config + ":1: it is empty"));
}

TEST_CASE("A token file that is of no use is named, with the reason") {
  Environment environment;
  const Folder folder;
  const auto empty = folder.file("empty", "");
  const auto blank = folder.file("blank", " \n");
  const auto huge = folder.file("huge", std::string(1024 * 1024, 'x'));
  CHECK_THAT(complaint({"--token-file", folder.path() + "/none"}),
             StartsWith("cannot use --token-file: ") && Contains("/none") && Contains("No such file") &&
                 Contains("check its name"));
  CHECK_THAT(complaint({"--token-file", folder.path()}), Contains(folder.path()) && Contains("name a file"));
  CHECK_THAT(complaint({"--token-file", empty}), Contains(empty) && Contains("empty"));
  CHECK_THAT(complaint({"--token-file", blank}), Contains(blank) && Contains("empty"));
  CHECK_THAT(complaint({"--token-file", huge}), Contains(huge) && Contains("longer than"));
  CHECK_THAT(complaint({"--token-file", "/dev/zero"}), Contains("longer than"));
  CHECK_THAT(complaint({"--token-file", "a\nb"}), !Contains("\n"));
  environment.set("ALUVIA_TOKEN_FILE", empty);
  CHECK_THAT(complaint(), StartsWith("cannot use ALUVIA_TOKEN_FILE: " + empty + " is empty"));
}

namespace {

// Root may read everything: for its lifetime, this makes root another user.
class PlainUser {
 public:
  PlainUser() {
    if (is_root_) REQUIRE(::seteuid(65534) == 0);
  }
  ~PlainUser() {
    if (is_root_) CHECK(::seteuid(0) == 0);
  }
  PlainUser(const PlainUser&) = delete;
  PlainUser& operator=(const PlainUser&) = delete;

 private:
  const bool is_root_ = ::geteuid() == 0;
};

}  // namespace

TEST_CASE("A token file that the user may not read is an error") {
  const Environment environment;
  const Folder folder;
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  const auto path = folder.file("token", "abc");
  REQUIRE(::chmod(path.c_str(), 0) == 0);
  const PlainUser user;
  CHECK_THAT(complaint({"--token-file", path}),
             Contains(path) && Contains("Permission denied") && Contains("let the user"));
}

TEST_CASE("A token file of exactly the limit is read, with a NUL in it too") {
  const Environment environment;
  const Folder folder;
  const std::string longest(16 * 1024, 'x');
  CHECK(token({"--token-file", folder.file("token", longest)}) == longest);
  CHECK_THAT(complaint({"--token-file", folder.file("token", longest + "x")}), Contains("longer than"));
  CHECK(token({"--token-file", folder.file("token", std::string("a\0b", 3))}) == std::string("a\0b", 3));
}

TEST_CASE("A token is read from an inherited pipe or socket") {
  const Environment environment;
  int pipe[2];
  int sockets[2];
  REQUIRE(::pipe(pipe) == 0);
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);  // Node's pipe to a child is one
  for (const auto& [read_end, write_end] : {std::pair(pipe[0], pipe[1]), std::pair(sockets[0], sockets[1])}) {
    REQUIRE(::write(write_end, "abc\n", 4) == 4);
    ::close(write_end);
    const RunOptions found = options({"--token-file", "/dev/fd/" + std::to_string(read_end)});
    CHECK(found.client.token.reveal() == "abc");
    CHECK(found.client.token_file.empty());  // it cannot be read again
    ::close(read_end);
  }
  CHECK_THAT(complaint({"--token-file", "/dev/fd/99999999999"}), Contains("No such file"));
}

TEST_CASE("A credentials directory without the token file, or with a broken one, is an error") {
  Environment environment;
  const Folder folder;
  environment.set("CREDENTIALS_DIRECTORY", folder.path());
  CHECK_THAT(complaint(),
             StartsWith("no user API token: there is no file " + folder.path() + "/aluvia-token;") &&
                 Contains("ALUVIA_TOKEN"));
  const auto path = folder.file("aluvia-token", "");
  CHECK_THAT(complaint(), StartsWith("cannot use CREDENTIALS_DIRECTORY: " + path + " is empty"));
}

TEST_CASE("The source of a token is known for errors") {
  Environment environment;
  const Folder folder;
  environment.set("ALUVIA_TOKEN", "a b");
  CHECK(name_of(options(), OptionId::token) == "ALUVIA_TOKEN");
  const auto path = folder.file("token", "a b");
  CHECK(name_of(options({"--token-file", path}), OptionId::token) == "the file " + path);
  CHECK(name_of(options({"--token", "a b"}), OptionId::token) == "--token");
}
