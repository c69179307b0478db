// Tests the help of the program as a whole, and the examples of each command.
#include "overview.hpp"

#include "command_text.hpp"
#include "examples.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace aluvia::app;
using Catch::Contains;

TEST_CASE("The overview fits one screen and lists each command once, below its purpose") {
  const std::string help = overview_help();
  CHECK(std::ranges::count(help, '\n') <= 46);
  for (const CommandText& command : command_texts()) {
    CHECK_FALSE(command.group.empty());
    CHECK_THAT(help, Contains("\n" + command.group + ":\n") && Contains("\n  " + command.name + " "));
  }
}

TEST_CASE("Each command has two examples that call it") {
  for (const CommandText& command : command_texts()) {
    if (command.name == "version") continue;
    const auto examples = examples_of(command.name);
    INFO(command.name);
    REQUIRE(examples.size() == 2);
    for (const std::string_view example : examples)
      CHECK((example == command.name || example.starts_with(command.name + " ")));
    CHECK_THAT(examples_text(command.name), Contains("\n  aluvia-connect " + command.name));
  }
  CHECK(examples_of("version").empty());
}
