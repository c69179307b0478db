// The manager against an API written for the test: order, state, threads. No sockets.
#include "control/scripted_api.hpp"

#include <atomic>

using namespace aluvia;
using namespace aluvia::control;
using namespace aluvia::api;
using namespace aluvia::config;
using namespace aluvia::control::testing;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST_CASE("Init returns the first snapshot and publishes nothing") {
  Fixture fixture({kFirst});
  const auto snapshot = fixture.manager->init();
  REQUIRE(snapshot);
  CHECK((*snapshot)->version == 1);
  CHECK((*snapshot)->rule_texts == std::vector<std::string>{"*.example.com"});
  CHECK(fixture.record->published.empty());
  CHECK(fixture.script->etags == std::vector<std::string>{""});
}

TEST_CASE("Init fails with the reason, and nothing is polled after it") {
  Fixture refused({reply(401)});
  const auto result = refused.manager->init();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == config::ApiError::Kind::token_refused);
  CHECK(result.error().status == 401);
  refused.manager->start_polling();
  refused.manager->refresh_now();
  refused.manager->stop();
  CHECK(refused.script->etags.size() == 1);

  Fixture dead({Err{
      config::no_response(config::ApiError::Cause::connect, "cannot connect to x:443: connection refused")}});
  const auto unreachable = dead.manager->init();
  REQUIRE_FALSE(unreachable);
  CHECK(unreachable.error().kind == config::ApiError::Kind::unreachable);
  CHECK(unreachable.error().message.starts_with("cannot connect to x:443: connection refused"));
}

TEST_CASE("Nothing is polled before start_polling") {
  Fixture fixture({kFirst}, 1ms);
  REQUIRE(fixture.manager->init());
  fixture.manager->refresh_now();
  fixture.manager->stop();
  CHECK(fixture.script->etags.size() == 1);
}

TEST_CASE("Polls carry the ETag of the last 200, and a 304 keeps everything") {
  Fixture fixture({kFirst, reply(304, "", "\"other\""), kNotModified});
  fixture.start();
  REQUIRE(fixture.script->asked(5));
  fixture.manager->stop();
  for (std::size_t i = 1; i < fixture.script->etags.size(); ++i) CHECK(fixture.script->etags[i] == "\"a\"");
  CHECK(fixture.record->published.empty());
}

TEST_CASE("A changed configuration is published once with the next version") {
  Fixture fixture({kFirst, reply(200, body_with(R"(["*"])"), "\"b\""), kNotModified});
  fixture.start();
  REQUIRE(fixture.record->published_times(1));
  REQUIRE(fixture.script->asked(5));
  fixture.manager->stop();
  REQUIRE(fixture.record->published.size() == 1);
  CHECK(fixture.record->published[0]->version == 2);
  CHECK(fixture.record->published[0]->rules.match("any.test").route == rules::Route::gateway);
  CHECK(fixture.script->etags[2] == "\"b\"");
}

TEST_CASE("An identical configuration is not published again, and its new ETag is used") {
  Fixture fixture({kFirst, reply(200, body_with(R"(["*.example.com"])"), "\"b\""), kNotModified});
  fixture.start();
  REQUIRE(fixture.script->asked(4));
  fixture.manager->stop();
  CHECK(fixture.record->published.empty());
  CHECK(fixture.script->etags[1] == "\"a\"");
  CHECK(fixture.script->etags[2] == "\"b\"");
}

TEST_CASE("Every kind of bad poll keeps the last good configuration") {
  for (const Step& bad :
       {Step(reply(500)), Step(reply(401)), Step(reply(402)), Step(reply(403)), Step(reply(404)),
        Step(reply(302)), Step(reply(200, "{\"trunc")), Step(reply(200, R"({"rules":[]})")),
        Step(reply(200, R"({"proxy_username":"user-zq1","proxy_password":"hunter2"})")),
        Step(reply(200, body_with("null"))),
        Step(Err{config::no_response(config::ApiError::Cause::time_out, "no answer")}),
        Step(Err{config::no_response(config::ApiError::Cause::too_large, "endless")})}) {
    Fixture fixture({kFirst, bad, reply(200, body_with(R"(["new.test"])"), "\"b\"")});
    fixture.start();
    REQUIRE(fixture.record->published_times(1));
    fixture.manager->stop();
    CHECK(fixture.record->published[0]->version == 2);
    CHECK(fixture.script->etags[2] == "\"a\"");
    CHECK(fixture.record->count("warn ") == 1);
    CHECK(fixture.record->count("the API responds again") == 1);
  }
}

TEST_CASE("A lasting fault is a warning once, another fault once more") {
  const Step down = reply(503);
  const Step dead =
      Err{config::no_response(config::ApiError::Cause::connect, "cannot connect to x:1: refused")};
  Fixture fixture({kFirst, down, down, down, dead, dead, kNotModified}, 1ms);
  fixture.start();
  REQUIRE(fixture.record->logged("the API responds again"));
  fixture.manager->stop();
  CHECK(fixture.record->count("warn ") == 2);
  CHECK(fixture.record->count("still cannot refresh") == 3);
}

TEST_CASE("The log shows the change and no secret") {
  Fixture fixture(
      {kFirst, reply(200, body_with(R"(["a.test","b.test","*.example.com"])", "\"sess77\"", "correcthorse"),
                     "\"b\"")});
  fixture.start();
  REQUIRE(fixture.record->published_times(1));
  fixture.manager->stop();
  CHECK(fixture.record->count("configuration version 1: 1 rule, session none, geo us-ny") == 1);
  CHECK(fixture.record->count(
            "configuration version 2: 3 rules (2 added, 0 removed), session changed: yes, geo us-ny, "
            "credentials changed: yes") == 1);
  for (const char* secret : {"user-zq1", "hunter2", "correcthorse", "Basic", "dXNlci16cTE"})
    CHECK(fixture.record->count(secret) == 0);
}

TEST_CASE("A warning about the rules is logged once, as long as it stays the same") {
  Fixture fixture({reply(200, body_with(R"(["AUTO"])"), "\"a\""),
                   reply(200, body_with(R"(["AUTO","a.test"])"), "\"b\""),
                   reply(200, body_with(R"(["AUTO","a b.test"])"), "\"c\""),
                   reply(200, body_with("[]"), "\"d\""), reply(200, body_with(R"(["-AUTO"])"), "\"e\"")});
  fixture.start();
  REQUIRE(fixture.record->published_times(3));
  CHECK(fixture.record->count("AUTO is among the rules") == 1);
  CHECK(fixture.record->count("configuration version 3: rule \"a b.test\" is ignored") == 1);
  REQUIRE(fixture.record->published_times(4));
  fixture.manager->stop();
  CHECK(fixture.record->count("AUTO is among the rules") == 2);
  CHECK(fixture.record->published[1]->warnings.size() == 2);
  CHECK(fixture.record->published[2]->warnings.empty());
}

TEST_CASE("A start without rules serves with an empty list and says so once") {
  Fixture fixture(
      {reply(200, R"({"proxy_username":"user-zq1","proxy_password":"hunter2"})", "\"a\""), kNotModified});
  fixture.start();
  REQUIRE(fixture.script->asked(4));
  fixture.manager->stop();
  CHECK(fixture.record->count("the API's answer has no rules") == 1);
  CHECK(fixture.manager->status().ready());
}

TEST_CASE("Two polls never run at once, not even when refreshed all the time") {
  Fixture fixture({kFirst, kNotModified}, 1ms);
  fixture.start();
  for (int i = 0; i < 2000; ++i) fixture.manager->refresh_now();
  REQUIRE(fixture.script->asked(10));
  fixture.manager->stop();
  CHECK_FALSE(fixture.script->overlapped);
}

TEST_CASE("Refresh_now polls at once, and one that comes during a poll is not lost") {
  Fixture fixture({kFirst, kNotModified}, 1h);
  fixture.start();
  fixture.script->mutex.lock();
  fixture.script->block = true;
  fixture.script->mutex.unlock();
  fixture.manager->refresh_now();
  REQUIRE(fixture.script->asked(2));
  fixture.manager->refresh_now();
  fixture.script->release();
  CHECK(fixture.script->asked(3));
}

TEST_CASE("Retry-After holds the next poll back") {
  auto limited = reply(429);
  limited.retry_after = 100s;
  Fixture fixture({kFirst, limited}, 1ms);
  fixture.start();
  REQUIRE(fixture.record->logged("too many requests"));
  std::promise<void> told;  // once the poll is over
  fixture.manager->refresh([&] { told.set_value(); });
  REQUIRE(told.get_future().wait_for(5s) == std::future_status::ready);
  const auto next = fixture.manager->status().next_poll_at;
  REQUIRE(next);
  CHECK(*next > std::chrono::system_clock::now() + 90s);
  CHECK(*next < std::chrono::system_clock::now() + 126s);
  CHECK(fixture.script->etags.size() == 2);
}

TEST_CASE("Retry-After does not delay an insisting refresh, and ends a polite one at once") {
  auto limited = reply(429);
  limited.retry_after = 100s;
  Fixture fixture({kFirst, limited}, 1h);
  fixture.start();
  fixture.manager->refresh_now();
  REQUIRE(fixture.record->logged("next poll in"));
  std::promise<void> told;
  fixture.manager->refresh([&] { told.set_value(); });
  REQUIRE(told.get_future().wait_for(5s) == std::future_status::ready);
  CHECK(fixture.script->etags.size() == 2);
  std::promise<void> insisted;
  fixture.manager->refresh([&] { insisted.set_value(); }, ConfigManager::Haste::insist);
  REQUIRE(insisted.get_future().wait_for(5s) == std::future_status::ready);
  CHECK(fixture.script->etags.size() == 3);
  fixture.manager->refresh_now();
  CHECK(fixture.script->asked(4));
}

TEST_CASE("Many calls of refresh() share few fetches") {
  ControlOptions options;
  options.poll_interval = 1h;
  options.refresh_gap = 1h;
  auto script = std::make_shared<FakeApiScript>();
  script->steps = {kFirst, kNotModified};
  ConfigManager manager(options, std::make_unique<ScriptedApi>(script), Logger{}, nullptr);
  REQUIRE(manager.init());
  manager.start_polling();
  std::atomic<int> told{0};
  std::promise<void> last;
  for (int i = 0; i < 100; ++i)
    manager.refresh([&] {
      if (++told == 100) last.set_value();
    });
  manager.refresh_now();
  REQUIRE(last.get_future().wait_for(5s) == std::future_status::ready);
  CHECK(script->etags.size() == 2);
}

TEST_CASE("Stop ends a pending init, which returns cancelled") {
  for (const bool deaf : {false, true}) {
    Fixture fixture({kFirst});
    fixture.script->block = true;
    fixture.script->deaf = deaf;
    auto init = std::async(std::launch::async, [&] { return fixture.manager->init(); });
    REQUIRE(fixture.script->asked(1));
    const auto begin = Clock::now();
    fixture.manager->stop();
    CHECK(Clock::now() - begin < 1s);
    const auto result = init.get();
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == config::ApiError::Kind::not_running);
    CHECK(Clock::now() - begin < 1s);
  }
}

TEST_CASE("Stop returns within a second from a poll that hangs, and nothing comes of that poll") {
  Fixture fixture({kFirst, reply(200, body_with(R"(["late.test"])"))}, 1h);
  fixture.start();
  fixture.script->mutex.lock();
  fixture.script->block = true;
  fixture.script->deaf = true;
  fixture.script->mutex.unlock();
  fixture.manager->refresh_now();
  REQUIRE(fixture.script->asked(2));
  const auto begin = Clock::now();
  fixture.manager->stop();
  CHECK(Clock::now() - begin < 1s);
  const auto log = fixture.record->log;
  fixture.manager.reset();
  // The thread that was left behind gets its answer now, and lets go of the stage when it has ended.
  fixture.script->release();
  const auto limit = Clock::now() + 5s;
  while (fixture.script.use_count() > 1 && Clock::now() < limit) std::this_thread::yield();
  CHECK(fixture.script.use_count() == 1);
  CHECK(fixture.record->published.empty());
  CHECK(fixture.record->log == log);
}

TEST_CASE("Stop may come first, twice, from several threads and from the callback") {
  Fixture first({kFirst});
  first.manager->stop();
  first.manager->stop();
  const auto late = first.manager->init();
  REQUIRE_FALSE(late);
  CHECK(late.error().kind == config::ApiError::Kind::not_running);

  Fixture many({kFirst, kNotModified});
  many.start();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { many.manager->stop(); });
  for (auto& thread : threads) thread.join();

  auto script = std::make_shared<FakeApiScript>();
  script->steps = {kFirst, reply(200, body_with(R"(["x.test"])")), reply(200, body_with(R"(["y.test"])"))};
  ControlOptions options;
  options.poll_interval = 1ms;
  std::promise<void> stopped;
  std::atomic<int> calls{0};
  ConfigManager* self = nullptr;
  ConfigManager manager(options, std::make_unique<ScriptedApi>(script), Logger{}, [&](config::Snapshot) {
    ++calls;
    self->stop();
    stopped.set_value();
  });
  self = &manager;
  REQUIRE(manager.init());
  manager.start_polling();
  stopped.get_future().wait();
  manager.stop();
  CHECK(calls == 1);
}
