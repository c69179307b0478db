// Tests the completion scripts as text; tests/packaging types into real shells.
#include "completion.hpp"

#include "command_text.hpp"
#include "completion_words.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::app;
using Catch::Contains;

TEST_CASE("Every script has every command and option, and no line that is not filled in") {
  for (const std::string& script : {bash_completion(), zsh_completion(), fish_completion()}) {
    CHECK_THAT(script, !Contains("@@"));
    CHECK_THAT(script, Contains("__complete") && Contains("exit-status"));
    for (const CommandText& command : command_texts()) {
      CHECK_THAT(script, Contains(command.name));
      for (const OptionText& option : command.options) CHECK_THAT(script, Contains(option.flag.substr(2)));
    }
  }
}

TEST_CASE("The port of a running proxy is told from the port of a new one") {
  for (const CommandText& command : command_texts()) {
    const bool is_new = command.takes_run_options || command.name == "try";
    CHECK(completion::is_running_port(command, {"--port", "PORT", "", ""}) == !is_new);
    CHECK_FALSE(completion::is_running_port(command, {"--dns-port", "PORT", "", ""}));
  }
}

TEST_CASE("A script is filled in line by line") {
  CHECK(completion::filled("a\n@@ one\nb\n", {{"one", "1\n2\n"}}) == "a\n1\n2\nb\n");
}
