// The configuration file: its grammar, and what is said about a wrong one.
#include "config_file.hpp"

#include "fixture.hpp"

using namespace aluvia;
using namespace aluvia::app;
using namespace aluvia::app::test;
using Catch::Contains;

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

TEST_CASE("Line ends of another system, and none at the end, make no difference") {
  const Config config;
  CHECK(config.reads("port = 8080\r\nhost = ::1\r\n").client.local_host == "::1");
  CHECK(config.reads("port = 8080").client.local_port == 8080);
  CHECK(config.reads("").client.local_port == 0);
}

TEST_CASE("A key that is no option is named") {
  const Config config;
  CHECK_THAT(config.fails("prot = 8080\n"), Contains("no option 'prot'"));
  CHECK_THAT(config.fails("--port = 8080\n"), Contains("no option"));
  CHECK_THAT(config.fails("PORT = 8080\n"), Contains("no option 'PORT'"));
  CHECK_THAT(config.fails("config = /etc/other\n"), Contains("no option 'config'"));
  CHECK_THAT(config.fails("help = true\n"), Contains("no option 'help'"));
  CHECK_THAT(config.fails("a line of prose\n"), Contains("no option"));
  CHECK_THAT(config.fails("\x01\x02\x03 = \x04\n"), Contains("\\x01"));
}

TEST_CASE("A key twice, a section, a lost quote and too many values are told") {
  const Config config;
  CHECK_THAT(config.fails("port = 1\nhost = ::1\nport = 2\n"), Contains("port stands there twice"));
  CHECK_THAT(config.fails("port = 1\nport = 2\n"), Contains("port takes one value"));
  CHECK_THAT(config.fails("[run]\nport = 1\n"), Contains("'run'"));
  CHECK_THAT(config.fails("gateway.host = a\n"), Contains("'gateway'"));
  CHECK_THAT(config.fails("api-base-url = \"http://a/#b\"\n"), Contains("quote"));
  CHECK_THAT(config.fails("port = []\n"), Contains("port takes one value"));
}

TEST_CASE("A bad value is told with the file, and a token in it is not") {
  const Config config;
  CHECK_THAT(config.fails("port = x\n"), Contains("--port takes a port from 0 to 65535, not 'x'"));
  CHECK_THAT(config.fails("port\n"), Contains("--port takes"));
  CHECK_THAT(config.fails("token = hunter2\nport = x\n"), !Contains("hunter2"));
  CHECK_THAT(config.fails("token = hunter2, hunter3\n"), !Contains("hunter"));
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
