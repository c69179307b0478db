// The first fetch: waiting for the API, starting from the cache, the token that changes.
#include "control/folder.hpp"
#include "control/scripted_api.hpp"
#include "control/store/config_cache.hpp"

using namespace aluvia;
using namespace aluvia::control;
using namespace aluvia::api;
using namespace aluvia::config;
using namespace aluvia::control::testing;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

namespace {

const Step kDead =
    Err{config::no_response(config::ApiError::Cause::connect, "cannot connect to x:1: refused")};

ControlOptions patient(std::chrono::milliseconds wait) {
  ControlOptions options;
  options.wait_for_api = wait;
  return options;
}

struct Cached : Folder {
  Cached() {
    config::UserResponse user;
    user.proxy_username = Secret("user-zq1");
    user.proxy_password = Secret("hunter2");
    user.rules = {"cached.test"};
    user.target_geo = "us-ny";
    REQUIRE(cache().store(user, std::chrono::system_clock::now() - 3h - 5min));
  }
  ConfigCache cache() const { return {path(), "https://api.test\n", Secret("token-1")}; }
  std::string path() const { return at("cache"); }
  ControlOptions options() const {
    ControlOptions made;
    made.config_cache = path();
    made.api_base_url = "https://api.test";
    made.token = Secret("token-1");
    return made;
  }
  bool there() const { return files() == 1; }
};

struct Start : Fixture {
  Start(std::initializer_list<Step> steps, ControlOptions options)
      : Fixture(steps, std::chrono::hours(1), LogLevel::debug, std::move(options)) {}

  // Waits until a fetch has been made and seen.
  void refresh() {
    std::promise<void> told;
    manager->refresh([&] { told.set_value(); });
    REQUIRE(told.get_future().wait_for(5s) == std::future_status::ready);
  }
};

}  // namespace

TEST_CASE("A start waits for an API that comes back, warns once for each fault, and tells each time why") {
  Texts told;
  auto options = patient(60s);
  options.waiting = [&](const std::string& why) { told.push_back(why); };
  Start fixture({kDead, kDead, reply(503), kFirst}, options);
  const auto first = fixture.manager->init();
  REQUIRE(first);
  CHECK((*first)->version == 1);
  CHECK(fixture.script->etags.size() == 4);
  CHECK(fixture.record->count("waiting for the API, ") == 2);
  CHECK(fixture.record->count("still waiting for the API") == 1);
  REQUIRE(told.size() == 3);
  CHECK_THAT(told[0], Catch::Contains("cannot connect to x:1"));
  CHECK_THAT(told[2], Catch::Contains("503"));
}

TEST_CASE("A start gives up when its time is over, with the last fault") {
  Start fixture({kDead, reply(503)}, patient(300ms));
  const auto first = fixture.manager->init();
  REQUIRE_FALSE(first);
  CHECK(first.error().status == 503);
  CHECK(fixture.script->etags.size() >= 2);  // how often is left to chance
}

TEST_CASE("A rejected token fails at once, however long the start may wait") {
  for (const int status : {401, 403}) {
    Start fixture({reply(status)}, patient(24h));
    const auto first = fixture.manager->init();
    REQUIRE_FALSE(first);
    CHECK(first.error().kind == config::ApiError::Kind::token_refused);
    CHECK(fixture.script->etags.size() == 1);
  }
}

TEST_CASE("Retry-After beyond the time of the start ends it") {
  auto limited = reply(429);
  limited.retry_after = 100s;
  Start fixture({limited}, patient(50s));
  CHECK_FALSE(fixture.manager->init());
  CHECK(fixture.script->etags.size() == 1);
}

TEST_CASE("Stop ends a start that waits for the API") {
  Start fixture({kDead}, patient(24h));
  auto init = std::async(std::launch::async, [&] { return fixture.manager->init(); });
  REQUIRE(fixture.record->logged("waiting for the API"));
  CHECK(trouble(fixture.manager->status()) == "unreachable");
  fixture.manager->stop();
  REQUIRE(init.wait_for(5s) == std::future_status::ready);
  CHECK(init.get().error().kind == config::ApiError::Kind::not_running);
}

TEST_CASE("While the API is down a start takes the cached configuration, and says how old it is") {
  for (const Step& down : {kDead, Step(reply(503))}) {
    const Cached cached;
    Start fixture({down}, cached.options());
    const auto first = fixture.manager->init();
    REQUIRE(first);
    CHECK((*first)->rule_texts == Texts{"cached.test"});
    CHECK((*first)->etag.empty());
    CHECK(fixture.record->count("3 hours old") == 1);
    const auto status = fixture.manager->status();
    CHECK(status.from_cache);
    CHECK(status.ready());
    REQUIRE(status.cached_at);
    CHECK(std::chrono::system_clock::now() - *status.cached_at > 3h);
    CHECK(trouble(status) != "none");
    CHECK(fixture.record->count("hunter2") == 0);
  }
}

TEST_CASE("The cache is taken at once, also by a start that could wait") {
  const Cached cached;
  auto options = cached.options();
  options.wait_for_api = 24h;
  Start fixture({kDead}, options);
  CHECK(fixture.manager->init());
  CHECK(fixture.script->etags.size() == 1);
}

TEST_CASE("The cache is never taken against an answer of the API") {
  for (const Step& no : {Step(reply(401)), Step(reply(403)), Step(reply(402)), Step(reply(404)),
                         Step(reply(429)), Step(reply(200, "{"))}) {
    const Cached cached;
    Start fixture({no}, cached.options());
    CHECK_FALSE(fixture.manager->init());
  }
}

TEST_CASE("A rejected token discards its cache, also later") {
  const Cached at_start;
  Start refused({reply(401)}, at_start.options());
  CHECK_FALSE(refused.manager->init());
  CHECK_FALSE(at_start.there());

  const Cached later;
  Start fixture({kDead, reply(403)}, later.options());
  fixture.start();
  CHECK(later.there());
  fixture.refresh();
  CHECK_FALSE(later.there());
  CHECK_FALSE(fixture.manager->status().ready());
}

TEST_CASE("An unusable cache is logged, and the start fails as without a cache") {
  const Cached cached;
  auto options = cached.options();
  options.token = Secret("token-2");
  Start fixture({kDead}, options);
  const auto first = fixture.manager->init();
  REQUIRE_FALSE(first);
  CHECK(first.error().kind == config::ApiError::Kind::unreachable);
  CHECK(fixture.record->count("the cached configuration is ignored") == 1);
  CHECK(cached.there());
}

TEST_CASE("An API that comes back confirms the cached configuration or replaces it") {
  const Cached cached;
  Start same({kDead, reply(200, body_with(R"(["cached.test"])", "null"), "\"a\""), kNotModified},
             cached.options());
  same.start();
  same.refresh();
  CHECK_FALSE(same.manager->status().from_cache);
  CHECK(trouble(same.manager->status()) == "none");
  same.refresh();
  CHECK(same.script->etags.back() == "\"a\"");

  Start other({kDead, reply(200, body_with(R"(["new.test"])"), "\"b\"")}, cached.options());
  other.start();
  other.refresh();
  REQUIRE(other.record->published.size() == 1);
  CHECK(other.record->published[0]->version == 2);
  CHECK((*cached.cache().load())->user.rules == Texts{"new.test"});
}

TEST_CASE("An answer without rules does not replace the rules of the cache") {
  const Cached cached;
  Start fixture({kDead, reply(200, R"({"proxy_username":"user-zq1","proxy_password":"hunter2"})", "\"b\"")},
                cached.options());
  REQUIRE(fixture.manager->init());
  fixture.manager->start_polling();
  fixture.refresh();
  CHECK(trouble(fixture.manager->status()) == "bad_answer");
  CHECK(fixture.record->published.empty());
  CHECK((*cached.cache().load())->user.rules == Texts{"cached.test"});
}

TEST_CASE("Each new configuration is cached, a changed one too") {
  const Cached cached;
  Start fixture({kFirst}, cached.options());
  fixture.script->update_steps = {reply(200, body_with(R"(["by.patch"])"), "\"b\"")};
  fixture.start();
  CHECK((*cached.cache().load())->user.rules == Texts{"*.example.com"});
  REQUIRE(fixture.change(SetGeo{"us"}));
  CHECK((*cached.cache().load())->user.rules == Texts{"by.patch"});
}

TEST_CASE("A cache that cannot be written is logged once and has no other effect") {
  const Cached cached;
  auto options = cached.options();
  options.config_cache = cached.at("missing/cache");
  Start fixture({kFirst, reply(200, body_with("[]"), "\"b\"")}, options);
  fixture.start();
  fixture.refresh();
  CHECK(fixture.record->count("cannot cache the configuration") == 1);
}

TEST_CASE("A new token in the file is used from the next poll on") {
  const Folder folder;
  write_file(folder.at("token"), "token-1\n");
  ControlOptions options;
  options.token_file = folder.at("token");
  options.token = Secret("token-1");
  Start fixture({kFirst, kNotModified}, options);
  fixture.start();
  fixture.refresh();
  CHECK(fixture.script->tokens.empty());
  write_file(folder.at("token"), "token-22\n");
  fixture.refresh();
  CHECK(fixture.script->tokens == Texts{"token-22"});
  CHECK(fixture.record->count("token-22") == 0);
  write_file(folder.at("token"), "");
  fixture.refresh();
  CHECK(fixture.script->tokens.size() == 1);
  CHECK(fixture.record->count("token file, the old one stays in use") == 1);
}

TEST_CASE("A rejected token that has been replaced meanwhile is not reported") {
  const Folder folder;
  const auto path = folder.at("token");
  write_file(path, "aaa");
  ControlOptions options;
  options.token_file = path;
  options.token = Secret("aaa");
  Start fixture({kFirst, reply(401), kNotModified}, options);
  fixture.start();
  fixture.refresh();  // refused, and the file holds the same: one call
  CHECK(fixture.script->etags.size() == 2);
  CHECK_FALSE(fixture.manager->status().ready());
  const auto time = std::filesystem::last_write_time(path);
  write_file(path, "bbb");
  std::filesystem::last_write_time(path, time);  // so that only reading shows it
  fixture.script->steps.push_front(reply(401));
  fixture.refresh();
  CHECK(fixture.script->tokens == Texts{"bbb"});
  CHECK(fixture.manager->status().ready());
}
