// Tests colors: that a terminal gets them, and nothing else does.
#include "terminal_style.hpp"

#include "overview.hpp"
#include "run_options.hpp"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::app;
using Catch::Contains;

TEST_CASE("A terminal gets colors unless NO_COLOR or TERM says otherwise") {
  constexpr auto automatic = ColorChoice::automatic;
  CHECK(wants_color(automatic, true, nullptr, "xterm-256color"));
  CHECK(wants_color(automatic, true, "", "xterm"));  // an empty NO_COLOR means nothing
  CHECK_FALSE(wants_color(automatic, true, "0", "xterm"));
  CHECK_FALSE(wants_color(automatic, true, nullptr, "dumb"));
  CHECK_FALSE(wants_color(automatic, true, nullptr, nullptr));
  CHECK_FALSE(wants_color(automatic, false, nullptr, "xterm"));
}

TEST_CASE("An explicit choice of colors wins over the terminal and NO_COLOR") {
  CHECK(wants_color(ColorChoice::always, false, "1", "dumb"));
  CHECK_FALSE(wants_color(ColorChoice::never, true, nullptr, "xterm"));
}

TEST_CASE("The choice of colors is found among the options, up to two dashes") {
  CHECK(color_choice_of({}) == ColorChoice::automatic);
  CHECK(color_choice_of({"--json", "--color", "never"}) == ColorChoice::never);
  CHECK(color_choice_of({"--color=always", "--port", "1"}) == ColorChoice::always);
  CHECK(color_choice_of({"--color=never", "--color=always"}) == ColorChoice::always);
  CHECK(color_choice_of({"--", "--color=always"}) == ColorChoice::automatic);
  CHECK(color_choice_of({"--color", "green"}) == ColorChoice::automatic);
  CHECK(color_choice_of({"--color"}) == ColorChoice::automatic);
}

TEST_CASE("Without colors every text stays as it is") {
  const TerminalStyle style;
  for (const Tone tone : {Tone::heading, Tone::good, Tone::error, Tone::gateway, Tone::faint})
    CHECK(style.paint(tone, "text") == "text");
  CHECK(style.paint(Tone::error, "text", 6) == "text  ");
  CHECK(style.help(overview_help()) == overview_help());
}

TEST_CASE("A painted text ends its color, and is filled by characters, not bytes") {
  const TerminalStyle style(true);
  CHECK(style.paint(Tone::good, "yes") == "\x1b[32myes\x1b[0m");
  CHECK(style.paint(Tone::good, "é", 3) == "\x1b[32mé\x1b[0m  ");
  CHECK(style.paint(Tone::good, "") == "");
  CHECK(style.paint(Tone::plain, "yes") == "yes");
}

TEST_CASE("Help has colored headings and no other colors") {
  const TerminalStyle style(true);
  for (const std::string& help : {overview_help(), run_help()}) {
    const std::string shown = style.help(help);
    CHECK_THAT(shown, Contains("\x1b[1mUsage:\x1b[0m ") && Contains("\x1b[1mExamples:\x1b[0m\n"));
    std::string plain = shown;
    for (const std::string code : {"\x1b[1m", "\x1b[0m"}) {
      for (auto at = plain.find(code); at != std::string::npos; at = plain.find(code))
        plain.erase(at, code.size());
    }
    CHECK(plain == help);
  }
  CHECK(style.help("The options are those of run:\n\n  --port\n").find('\x1b') == std::string::npos);
}
