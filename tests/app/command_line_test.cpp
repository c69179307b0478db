// Tests parsing and help that all commands share.
#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>

using namespace aluvia::app;
using Catch::Contains;

namespace {

struct Command {
  Command() {
    app.add_option("--port", port, "A port.")->type_name("PORT")->group("Numbers");
    app.add_option("--a-name-that-is-too-long-for-the-column", text, "A text.")
        ->type_name("TEXT")
        ->group("Texts");
    app.add_flag("--flag", flag,
                 std::string(200, 'w') + " and words after it that must be wrapped somewhere else")
        ->group("Texts");
    configure(app, "command");
    app.footer("The end.");
  }
  std::string fails(const std::vector<std::string>& arguments) {
    const auto parsed = parse(app, arguments);
    const auto* const error = std::get_if<UsageError>(&parsed);
    return error ? error->message : "accepted";
  }

  int port = 0;
  std::string text;
  bool flag = false;
  CLI::App app{"What it does.", "aluvia-connect command"};
};

}  // namespace

TEST_CASE("Options and flags are read") {
  Command command;
  const auto parsed =
      parse(command.app, {"--port=7", "--flag", "--a-name-that-is-too-long-for-the-column", "-x"});
  CHECK(std::holds_alternative<std::monostate>(parsed));
  CHECK(command.port == 7);
  CHECK(command.flag);
  CHECK(command.text == "-x");
}

TEST_CASE("Help has usage, groups in order, the end, and wraps words") {
  Command command;
  const auto parsed = parse(command.app, {"--help"});
  REQUIRE(std::holds_alternative<Printed>(parsed));
  const auto& help = std::get<Printed>(parsed).text;
  CHECK_THAT(help,
             Catch::StartsWith("What it does.\n\nUsage: aluvia-connect command [OPTIONS]\n\nNumbers:\n"));
  CHECK_THAT(help, Contains("  --port PORT             A port.\n\nTexts:\n"));
  CHECK_THAT(help, Contains("-column TEXT\n                          A text.\n"));
  CHECK_THAT(help, Contains("w\n                          and words"));
  CHECK_THAT(help, Contains("  -h, --help              Print this help.\n"));
  CHECK_THAT(help, Catch::EndsWith("\n\nThe end.\n"));
}

TEST_CASE("A usage line that is too long is broken between words, and characters are counted, not bytes") {
  const std::string longest(30, 'x');
  CLI::App app{"About.", "aluvia-connect command [RULE… | " + longest + "]"};
  configure(app, "command");
  CHECK_THAT(app.help(), Contains("Usage: aluvia-connect command [RULE… | " + longest + "] [OPTIONS]\n"));
  CLI::App longer{"About.", "aluvia-connect command [RULE… | " + longest + "x]"};
  configure(longer, "command");
  CHECK_THAT(longer.help(),
             Contains("Usage: aluvia-connect command [RULE… | " + longest + "x]\n       [OPTIONS]\n"));
}

TEST_CASE("The error about a wrong argument does not repeat its value") {
  CHECK(Command().fails({"--kangaroo=secret"}) == "unknown option --kangaroo");
  CHECK(Command().fails({"--prot=secret"}) == "unknown option --prot; did you mean --port?");
  CHECK(Command().fails({"--port"}) == "--port needs a value");
  CHECK_THAT(Command().fails({"--flag", "secret"}), !Contains("secret"));
  CHECK_THAT(Command().fails({"-"}), Contains("unexpected argument"));
}
