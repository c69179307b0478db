// The command lines of the commands that ask and change a running proxy.
#include "control_line.hpp"

#include "control_client.hpp"
#include "fixture.hpp"

using namespace aluvia::app;
using aluvia::app::test::Arguments;
using aluvia::app::test::Environment;

namespace {

constexpr ControlSyntax rules{"rules", "[list]", "About.", true};
constexpr ControlSyntax status{"status", "", "About."};
constexpr ControlSyntax wait_shape{"wait", "", "About.", false, false, false, 30};
constexpr ControlSyntax probe_shape{"healthcheck", "", "About.", false, false, false, 0, true};

ControlLine line(const ControlSyntax& shape, const Arguments& arguments) {
  auto read = parse_control_line(shape, arguments);
  if (const auto* const error = std::get_if<UsageError>(&read)) FAIL(error->message);
  return std::get<ControlLine>(std::move(read));
}

bool is_refused(const ControlSyntax& shape, const Arguments& arguments) {
  return std::holds_alternative<UsageError>(parse_control_line(shape, arguments));
}

}  // namespace

TEST_CASE("Words may begin with a dash, for an exclusion is a rule, and stand among options") {
  const ControlLine one = line(rules, {"add", "-x.example", "--port", "123", "*", "--local", "--json"});
  CHECK(one.words == Arguments{"add", "-x.example", "*"});
  CHECK(one.port == 123);
  CHECK(one.local);
  CHECK(one.json);
  CHECK(line(rules, {"add", "--", "--json"}).words == Arguments{"add", "--json"});
}

TEST_CASE("Only the options that a command has are taken, with values in their range") {
  CHECK(is_refused(status, {"--local"}));
  CHECK(is_refused(status, {"word"}));
  CHECK(is_refused(status, {"--timeout", "1"}));
  for (const char* const port : {"0", "65536", "x", "-1", ""}) CHECK(is_refused(status, {"--port", port}));
  CHECK(is_refused(status, {"--port"}));
  CHECK(is_refused(wait_shape, {"--timeout", "-1"}));
  CHECK(line(wait_shape, {}).timeout == std::chrono::seconds(30));
  CHECK(line(wait_shape, {"--timeout=0"}).timeout == std::chrono::seconds(0));
  CHECK(line(wait_shape, {"--timeout", "7"}).timeout == std::chrono::seconds(7));
  CHECK(line(wait_shape, {"--timeout", "500ms"}).timeout == std::chrono::milliseconds(500));
  CHECK(line(wait_shape, {"--timeout", "24h"}).timeout == std::chrono::hours(24));
  for (const char* const bad : {"5x", "25h", "86401", "", "s"})
    CHECK(is_refused(wait_shape, {"--timeout", bad}));
  CHECK_FALSE(line(status, {}).port);
}

TEST_CASE("The choice of colors is an option with a value, like that of a port") {
  CHECK(line(status, {"--color", "never"}).words.empty());
  CHECK(line(rules, {"add", "--color=always", "x.example"}).words == Arguments{"add", "x.example"});
  CHECK(is_refused(status, {"--color", "green"}));
}

TEST_CASE("A probe asks for one thing: ready where nothing is said, else live or started") {
  CHECK_FALSE(line(probe_shape, {}).live);
  CHECK_FALSE(line(probe_shape, {}).started);
  CHECK(line(probe_shape, {"--live"}).live);
  CHECK(line(probe_shape, {"--started", "--port", "1"}).started);
  CHECK(is_refused(probe_shape, {"--live", "--started"}));
  CHECK(is_refused(wait_shape, {"--live"}));
}

TEST_CASE("The port that is meant is the flag's, then the one of exec, then ALUVIA_PORT where it is not 0") {
  Environment environment;
  ::unsetenv("ALUVIA_PROXY_URL");
  CHECK_FALSE(port_meant(std::nullopt));
  environment.set("ALUVIA_PORT", "0");
  CHECK_FALSE(port_meant(std::nullopt));
  environment.set("ALUVIA_PORT", "1001");
  CHECK(port_meant(std::nullopt) == 1001);
  ::setenv("ALUVIA_PROXY_URL", "http://127.0.0.1:1002", 1);
  CHECK(port_meant(std::nullopt) == 1002);
  CHECK(port_meant(1003) == 1003);
  ::setenv("ALUVIA_PROXY_URL", "nonsense", 1);
  CHECK(port_meant(std::nullopt) == 1001);
  ::unsetenv("ALUVIA_PROXY_URL");
}

TEST_CASE("Each status of an answer means one exit status") {
  for (const int good : {200, 202}) CHECK(exit_status_of(good) == success);
  for (const int bad : {400, 404, 405, 413, 422}) CHECK(exit_status_of(bad) == bad_usage);
  for (const int refused : {401, 403}) CHECK(exit_status_of(refused) == token_refused);
  for (const int away : {402, 409, 429, 503, 504}) CHECK(exit_status_of(away) == api_unavailable);
  CHECK(exit_status_of(502) == bad_api_answer);
}
