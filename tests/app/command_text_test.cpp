// Tests the tables behind the manual page and the completions.
#include "command_text.hpp"

#include "option_table.hpp"
#include "proxy_settings.hpp"
#include "run_options.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace aluvia::app;
using Texts = std::vector<std::string>;

namespace {

CommandText command(std::string_view name) {
  const auto all = command_texts();
  const auto found = std::ranges::find(all, name, &CommandText::name);
  REQUIRE(found != all.end());
  return *found;
}

OptionText option(const std::vector<OptionText>& options, std::string_view flag) {
  const auto found = std::ranges::find(options, flag, &OptionText::flag);
  REQUIRE(found != options.end());
  return *found;
}

}  // namespace

TEST_CASE("Every option of the table has a text, in its order, with its variables apart from its help") {
  const auto texts = run_option_texts();
  REQUIRE(texts.size() == option_table().size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const OptionRow& row = option_table()[i];
    CHECK(texts[i].flag == row.flag());
    CHECK(texts[i].value == row.value);
    CHECK(texts[i].group == row.group);
    CHECK(texts[i].help == row.help);
    if (row.other_variable.empty())
      CHECK(texts[i].variables == (row.has_variable ? Texts{row.variable()} : Texts{}));
  }
  CHECK(option(texts, "--token").variables == Texts{"ALUVIA_TOKEN", "ALV_USER_TOKEN"});
}

TEST_CASE("Commands have the options that they take, and no others") {
  CHECK(command("exec").takes_run_options);
  CHECK_FALSE(command("rules").takes_run_options);
  CHECK(option(command("rules").options, "--local").value.empty());
  CHECK(option(command("sandbox").options, "--dns-port").value == "PORT");
  CHECK(option(command("wait").options, "--timeout").value == "SECONDS");
  const auto probe = command("healthcheck").options;
  CHECK(std::ranges::find(probe, "--json", &OptionText::flag) == probe.end());
}

TEST_CASE("The full text of an option has its range, its default and its variables") {
  const auto texts = run_option_texts();
  const auto full = [&](std::string_view flag) { return full_text(option(texts, flag)); };
  CHECK(full("--shutdown-grace") ==
        "Time that open connections get when the proxy stops (0s to 1h; default: 5s).");
  CHECK(full("--gateway-protocol") ==
        "Protocol between the proxy and the gateway (default: http). [ALUVIA_GATEWAY_PROTOCOL]");
  CHECK(full_text({"--flag", "", "Help", ""}) == "Help.");
}

TEST_CASE("Choices are the words that stand for themselves") {
  CHECK(choices_of("text|json") == Texts{"text", "json"});
  CHECK(choices_of("SECONDS|never") == Texts{"never"});
  CHECK(choices_of("USER:PASSWORD").empty());
  CHECK(choices_of("").empty());
}

TEST_CASE("Every shell that env offers is one that it knows") {
  const Texts shells = choices_of(option(command("env").options, "--shell").value);
  CHECK(shells.size() == 9);
  for (const std::string& shell : shells) CHECK(shell_lines({}, shell));
}
