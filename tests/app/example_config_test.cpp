// Tests the example of a configuration file: it has every option, and each line works once it is uncommented.
#include "example_config.hpp"

#include "fixture.hpp"

#include <sstream>

using namespace aluvia::app;
using namespace aluvia::app::test;

namespace {

// The lines "#port = 54321" without their mark; prose begins with "# ".
std::vector<std::string> uncommented_lines() {
  std::vector<std::string> out;
  std::istringstream lines(example_config());
  for (std::string line; std::getline(lines, line);) {
    if (line.size() > 1 && line[0] == '#' && line[1] != ' ') out.push_back(line.substr(1));
  }
  return out;
}

}  // namespace

TEST_CASE("The example of a configuration file has every option once, but the one that names the file") {
  const auto lines = uncommented_lines();
  REQUIRE(lines.size() == option_table().size() - 1);
  std::size_t at = 0;
  for (const OptionRow& row : option_table()) {
    if (row.id == aluvia::OptionId::config) continue;
    CHECK(lines[at++].starts_with(std::string(aluvia::option_name(row.id)) + " = "));
  }
}

TEST_CASE("The example of a configuration file is accepted with every line uncommented") {
  const Environment environment;
  const Folder folder;
  std::string all;
  for (const std::string& line : uncommented_lines()) all += line + '\n';
  const RunOptions read = options({"--config", folder.file("all.conf", all)});
  CHECK(read.names.size() >= option_table().size() - 1);
  CHECK(read.client.local_port == 54321);
  CHECK(read.client.local_rules == std::vector<std::string>{"*.example.com", "-cdn.example.com"});
  CHECK(read.client.poll_interval == aluvia::agent::AgentConnectClientOptions().poll_interval);
}

TEST_CASE("The example of a configuration file as it stands changes nothing") {
  const Environment environment;
  const Folder folder;
  const RunOptions read = options({"--token", "t", "--config", folder.file("as-is.conf", example_config())});
  CHECK(read.names.size() == 2);
}
