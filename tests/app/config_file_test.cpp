// Tests the grammar of the configuration file and the errors about a wrong one.
#include "config_file.hpp"

#include "fixture.hpp"

#include <sys/stat.h>

using namespace aluvia;
using namespace aluvia::app;
using namespace aluvia::app::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;

namespace {

struct Config {
  RunOptions reads(const std::string& content) const {
    return options({"--config", folder.file("config", content)});
  }
  std::string fails(const std::string& content) const {
    const auto path = folder.file("config", content);
    const auto told = complaint({"--config", path});
    CHECK_THAT(told, Contains(path));
    return told;
  }

  Environment environment;
  Folder folder;
};

}  // namespace

TEST_CASE("Lines of key and value are read, with comments, blank lines and quotes") {
  const Config config;
  const auto read = config.reads(
      "# a comment\n\nport = 8080\n  gateway-host=\"g.example\"\nhost = '::1'  # another\n; and one more\n"
      "api-base-url = \"http://a.example/v1/\"\n");
  CHECK(read.client.local_port == 8080);
  CHECK(read.client.gateway_host == "g.example");
  CHECK(read.client.local_host == "::1");
  CHECK(read.client.api_base_url == "http://a.example/v1/");
}

TEST_CASE("Rules are a list, or lines of their own") {
  const Config config;
  const std::vector<std::string> both{"*.example", "-a.example"};
  CHECK(config.reads("rule = [\"*.example\", \"-a.example\"]\n").client.local_rules == both);
  CHECK(config.reads("rule = \"*.example\"\nrule = -a.example\n").client.local_rules == both);
  CHECK(config.reads("rule = []\n").client.local_rules.empty());
  CHECK(config.reads("rule = *.example\n").client.local_rules == std::vector<std::string>{"*.example"});
}

TEST_CASE("A list of DNS servers stands in quotes") {
  const Config config;
  CHECK(config.reads("dns-server = \"127.0.0.1:53,127.0.0.2\"\n").client.dns_servers ==
        "127.0.0.1:53,127.0.0.2");
  CHECK_THAT(config.fails("dns-server = 127.0.0.1:53,127.0.0.2\n"), Contains("dns-server takes one value"));
}

TEST_CASE("Line ends of another system, a byte order mark, and no line end at the end make no difference") {
  const Config config;
  CHECK(config.reads("port = 8080\r\nhost = ::1\r\n").client.local_host == "::1");
  CHECK(config.reads("\xEF\xBB\xBFport = 8080\n").client.local_port == 8080);
  CHECK(config.reads("port = 8080").client.local_port == 8080);
  CHECK(config.reads("").client.local_port == 0);
}

TEST_CASE("Between quotes # begins no comment, and a quote may be escaped") {
  const Config config;
  CHECK(config.reads("api-base-url = \"http://a/#b\"  # c\n").client.api_base_url == "http://a/#b");
  CHECK(config.reads("token = 'a#b'\n").client.token == Secret("a#b"));
  CHECK(config.reads("token = \"a\\\"b\\c\"\n").client.token == Secret("a\"b\\c"));
  CHECK(config.reads("token = a#b\n").client.token == Secret("a"));
}

TEST_CASE("A list may span lines, with comments between its values") {
  const Config config;
  const std::vector<std::string> both{"*.example", "-a.example"};
  CHECK(config.reads("rule = [  # ours\n  '*.example',  # all\n  -a.example\n]\n").client.local_rules ==
        both);
  CHECK(config.reads("rule = \"*.example\"\nport = 1\nrule = -a.example\n").client.local_rules == both);
}

TEST_CASE("A switch may stand alone") {
  const Config config;
  CHECK(config.reads("deny-private\n").client.deny_private);
  CHECK(config.reads("deny-private # yes\n").client.deny_private);
  CHECK_FALSE(config.reads("deny-private = no\n").client.deny_private);
}

TEST_CASE("An unknown option is reported by its line with a suggestion, and is not repeated") {
  const Config config;
  CHECK_THAT(config.fails("\n# x\nprot = 8080\n"), Contains(":3: unknown option; did you mean port?"));
  CHECK_THAT(config.fails("PORT = 8080\n"), Contains(":1: unknown option; did you mean port?"));
  CHECK_THAT(config.fails("config = /etc/other\n"), Contains(":1: unknown option"));
  CHECK_THAT(config.fails("--port = 8080\n"), Contains(":1: unknown option"));
  CHECK_THAT(config.fails("port_ = 8080\n"), Contains(":1: not a line such as port = 8080"));
  CHECK_THAT(config.fails("a line of prose\n"), Contains(":1: not a line such as port = 8080"));
  CHECK_THAT(config.fails("\x01\x02\x03 = \x04\n"), Contains(":1: not a line"));
}

TEST_CASE("A wrong line is reported by its number and not repeated, because it may be a token") {
  const Config config;
  for (const char* const content :
       {"hunter2hunter2", "hunter2hunter2\n", "token: hunter2hunter2\n", "token hunter2hunter2\n",
        "tokn = hunter2hunter2\n", "hunter2hunter2 = x\n", "[hunter2hunter2]\n", "hunter2.hunter2 = 1\n",
        "token = \"hunter2hunter2\n", "token = \"hunter2\"hunter2\n", "rule = [hunter2hunter2\n",
        "rule = [] hunter2hunter2\n", "port = hunter2hunter2\n", "token = hunter2, hunter2\n",
        "tok = eyJ.hunter2\n", "log-level = hunter2hunter2\n", "allow-metadata = hunter2hunter2\n"}) {
    INFO(content);
    const std::string told = config.fails(content);
    CHECK_THAT(told, !Contains("hunter2"));
    CHECK_THAT(told, Contains("config:1"));
  }
  CHECK_THAT(config.fails("port = 1\nrule = [\n  a.example\n"), Contains("config:2: a list without its ]"));
  CHECK_THAT(config.fails("hunter2hunter2\n"),
             Contains("give a file that holds a token alone to --token-file"));
}

TEST_CASE("An option twice, a section and too many values are reported") {
  const Config config;
  CHECK_THAT(config.fails("port = 1\nhost = ::1\nport = 2\n"), Contains(":3: port is set twice"));
  CHECK_THAT(config.fails("port = 1\nport = 2\n"), Contains(":2: port is set twice"));
  CHECK_THAT(config.fails("[run]\nport = 1\n"), Contains(":1: a section"));
  CHECK_THAT(config.fails("port = []\n"), Contains(":1: port takes one value"));
}

TEST_CASE("A bad value is reported with the file and line, without the value") {
  const Config config;
  CHECK_THAT(config.fails("\nport = x\n"),
             StartsWith("cannot use port of ") && EndsWith("config:2: it takes a port from 0 to 65535"));
  CHECK_THAT(config.fails("port\n"), EndsWith("config:1: it takes a port from 0 to 65535"));
  CHECK_THAT(config.fails("port =\n"), EndsWith("config:1: it takes a port from 0 to 65535"));
  CHECK_THAT(config.fails("token = hunter2\nport = x\n"), !Contains("hunter2"));
}

TEST_CASE("An error of the library about a value of the file does not repeat the value either") {
  const Config config;
  const auto read = config.reads("\nallow-from = hunter2hunter2\n");
  const agent::InvalidOptionError error(OptionId::allow_from, "'hunter2hunter2' is no network");
  CHECK_THAT(error_text(read, error),
             StartsWith("cannot use allow-from of ") && EndsWith("config:2: '[removed]' is no network"));
}

TEST_CASE("A file that every user of the machine may read gets a warning") {
  Environment environment;
  const Folder folder;
  const auto warnings_of = [&](const std::string& option, mode_t mode) {
    const auto path = folder.file("file", option == "--config" ? "port = 1\n" : "token");
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    return options({option, path}).warnings;
  };
  for (const char* const option : {"--config", "--token-file"}) {
    CHECK(warnings_of(option, 0600).empty());
    CHECK(warnings_of(option, 0640).empty());
    const auto warnings = warnings_of(option, 0644);
    REQUIRE(warnings.size() == 1);
    CHECK_THAT(warnings.front(), Contains("every user of this machine may read") && Contains("chmod 600"));
  }
}

TEST_CASE("A configuration file that cannot be read is named, wherever its name came from") {
  Environment environment;
  const Folder folder;
  CHECK_THAT(complaint({"--config", folder.path() + "/none"}),
             Contains("--config") && Contains("/none") && Contains("No such file"));
  CHECK_THAT(complaint({"--config", folder.path()}), Contains(folder.path()) && Contains("name a file"));
  CHECK_THAT(complaint({"--config", folder.file("binary", std::string("port = 1\n\0", 10))}),
             Contains("binary is no text file") && Contains("port = 8080"));
  CHECK_THAT(complaint({"--config="}), Contains("--config"));
  CHECK_THAT(complaint({"--config", "/dev/zero"}), Contains("longer than"));
  environment.set("ALUVIA_CONFIG", folder.path() + "/none");
  CHECK_THAT(complaint(), Contains("/none") && Contains("ALUVIA_CONFIG"));
  environment.set("ALUVIA_CONFIG", folder.file("config", "port = 7\n"));
  CHECK(options().client.local_port == 7);
  CHECK(options({"--config", folder.file("other", "port = 8\n")}).client.local_port == 8);
}
