// Tests the values and sources that `check --print` shows.
#include "effective_options.hpp"

#include "fixture.hpp"

#include <algorithm>

using namespace aluvia::app;
using namespace aluvia::app::test;
using Catch::Contains;

namespace {

EffectiveOption option(const Arguments& arguments, std::string_view name) {
  const auto all = effective_options(options(arguments));
  const auto found = std::ranges::find(all, name, &EffectiveOption::name);
  REQUIRE(found != all.end());
  return *found;
}

}  // namespace

TEST_CASE("Every option is shown once with its value, and the default where nothing is set") {
  const Environment environment;
  const auto all = effective_options(options({"--token", "t"}));
  REQUIRE(all.size() == option_table().size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i].name == std::string(aluvia::option_name(option_table()[i].id)));
    if (all[i].name == "token") continue;
    CHECK_FALSE(all[i].is_set);
    CHECK(all[i].source == "default");
    CHECK(all[i].value == option_table()[i].fallback());
  }
}

TEST_CASE("The source of a value is its flag, its variable, or its file and line") {
  Environment environment;
  const Folder folder;
  const std::string config = folder.file("conf", "port = 8080\n\nrule = [\"*.a.test\", \"-b.a.test\"]\n");
  environment.set("ALUVIA_HOST", "127.0.0.2");
  const Arguments all{"--token", "t", "--config", config, "--poll-interval", "7000", "--rule", "c.test"};
  const auto shows = [&](std::string_view name, std::string_view value, std::string_view source) {
    const EffectiveOption one = option(all, name);
    CHECK((one.value == value && one.source == source && one.is_set));
  };
  shows("port", "8080", config + ":1");
  shows("host", "127.0.0.2", "ALUVIA_HOST");
  shows("poll-interval", "7s", "--poll-interval");
  shows("rule", "c.test", "--rule");
  shows("config", config, "--config");
  CHECK(option({"--token", "t", "--config", config}, "rule").value == "*.a.test, -b.a.test");
}

TEST_CASE("No secret is shown, as text or as JSON, only that it is set") {
  Environment environment;
  environment.set("ALUVIA_TOKEN", "s3cret-token");
  const Folder folder;
  const std::string config = folder.file("conf", "proxy-auth = agent:s3same\n");
  const auto all = effective_options(options({"--config", config}));
  const std::string text = effective_text(all, {}, {});
  const std::string json = effective_json(all);
  CHECK_THAT(text, Contains("set (not shown)") &&
                       Contains("\nproxy-auth            " + config + ":1  set (not shown)\n"));
  CHECK_THAT(json, Contains(R"({"name":"token","secret":true,"set":true,"source":"ALUVIA_TOKEN"})"));
  for (const std::string& out : {text, json}) CHECK_THAT(out, !Contains("s3cret") && !Contains("s3same"));
  const std::string path = folder.file("token", "s3cret-token");
  CHECK(option({"--token-file", path}, "token-file").value == path);
  CHECK(option({"--token-file", path}, "token-file").source == "--token-file");
}

TEST_CASE("The table of options fits a terminal; defaults are faint, and values are not") {
  const EffectiveOption file{"rule", "*.a.test, *.b.test, *.c.test, *.d.test, *.e.test, *.f.test",
                             "/home/user/.config/aluvia-connect/agent.conf:12", false, true};
  const EffectiveOption usual{"port", "0, a free one", "default", false, false};
  CHECK(effective_text({file, usual}, 80, {}) ==
        "rule  …ig/aluvia-connect/agent.conf:12\n"
        "      *.a.test, *.b.test, *.c.test, *.d.test, *.e.test, *.f.test\n"
        "port  default                           0, a free one\n");
  CHECK_THAT(effective_text({file, usual}, {}, {}),
             Contains("agent.conf:12  *.a.test, *.b.test, *.c.test, *.d.test"));
  const std::string colored = effective_text({file, usual}, {}, TerminalStyle(true));
  CHECK_THAT(colored, Contains("\x1b[1mrule\x1b[0m") && Contains("\x1b[2mport\x1b[0m") &&
                          Contains("\x1b[2m0, a free one\x1b[0m"));
}
