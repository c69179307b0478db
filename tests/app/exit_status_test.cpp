// Tests the table of exit statuses and the help that comes from it.
#include "exit_status.hpp"

#include "command_text.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace aluvia::app;
using Catch::Contains;

namespace {

std::vector<int> statuses_of(std::string_view command) {
  std::vector<int> out;
  for (const ExitMeaning& one : exit_meanings(command)) out.push_back(one.status);
  return out;
}

}  // namespace

TEST_CASE("Every command has its statuses, in ascending order and once each") {
  for (const CommandText& command : command_texts()) {
    const auto statuses = statuses_of(command.name);
    INFO(command.name);
    CHECK(statuses.size() >= 4);
    CHECK(std::ranges::adjacent_find(statuses, std::ranges::greater_equal()) == statuses.end());
  }
  CHECK(statuses_of("run") == std::vector{0, 64, 69, 70, 73, 74, 76, 77});
  CHECK(statuses_of("healthcheck") == std::vector{0, 64, 69, 70, 77});
  CHECK(statuses_of("list") == std::vector{0, 64, 70, 74});
  CHECK(statuses_of("try") == std::vector{0, 64, 70, 73, 74, 126, 127});
}

TEST_CASE("Every row belongs to a command that exists, and the table shows all rows") {
  const auto commands = command_texts();
  const std::string table = exit_table();
  for (const ExitRow& row : exit_rows()) {
    INFO(row.text);
    CHECK(std::ranges::any_of(commands, [&](const CommandText& one) { return row.is_of(one.name); }));
    CHECK_THAT(table, Contains("\n  " + std::to_string(row.status)));
  }
  CHECK_THAT(table, Contains("\n  69   run exec check: the API cannot be reached or answers an error\n"));
  CHECK_THAT(exit_help("exec"),
             Contains("\n  else COMMAND's own once it has started; 128 + n after signal n"));
  CHECK_THAT(exit_help("run"), !Contains("COMMAND"));
}
