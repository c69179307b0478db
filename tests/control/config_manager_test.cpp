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

TEST_CASE("init returns the first snapshot and publishes nothing") {
  Bench bench({kFirst});
  const auto snapshot = bench.manager->init();
  REQUIRE(snapshot);
  CHECK((*snapshot)->version == 1);
  CHECK((*snapshot)->rule_texts == std::vector<std::string>{"*.example.com"});
  CHECK(bench.record->published.empty());
  CHECK(bench.stage->etags == std::vector<std::string>{""});
}

TEST_CASE("init fails with the reason, and nothing is polled after it") {
  Bench refused({reply(401)});
  const auto result = refused.manager->init();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == InitError::Kind::token_refused);
  CHECK(result.error().status == 401);
  refused.manager->start_polling();
  refused.manager->refresh_now();
  refused.manager->stop();
  CHECK(refused.stage->etags.size() == 1);

  Bench dead({Err{ApiFailure{ApiFailure::Kind::connect, "cannot connect to x:443: connection refused"}}});
  const auto unreachable = dead.manager->init();
  REQUIRE_FALSE(unreachable);
  CHECK(unreachable.error().kind == InitError::Kind::unreachable);
  CHECK(unreachable.error().message.starts_with("cannot connect to x:443: connection refused"));
}

TEST_CASE("nothing is polled before start_polling") {
  Bench bench({kFirst}, 1ms);
  REQUIRE(bench.manager->init());
  bench.manager->refresh_now();
  bench.manager->stop();
  CHECK(bench.stage->etags.size() == 1);
}

TEST_CASE("polls carry the ETag of the last 200, and a 304 keeps everything") {
  Bench bench({kFirst, reply(304, "", "\"other\""), kNotModified});
  bench.start();
  REQUIRE(bench.stage->asked(5));
  bench.manager->stop();
  for (std::size_t i = 1; i < bench.stage->etags.size(); ++i) CHECK(bench.stage->etags[i] == "\"a\"");
  CHECK(bench.record->published.empty());
}

TEST_CASE("a changed configuration is published once with the next version") {
  Bench bench({kFirst, reply(200, body_with(R"(["*"])"), "\"b\""), kNotModified});
  bench.start();
  REQUIRE(bench.record->published_times(1));
  REQUIRE(bench.stage->asked(5));
  bench.manager->stop();
  REQUIRE(bench.record->published.size() == 1);
  CHECK(bench.record->published[0]->version == 2);
  CHECK(bench.record->published[0]->rules.match("any.test").route == rules::Route::gateway);
  CHECK(bench.stage->etags[2] == "\"b\"");
}

TEST_CASE("an identical configuration is not published again, and its new ETag is used") {
  Bench bench({kFirst, reply(200, body_with(R"(["*.example.com"])"), "\"b\""), kNotModified});
  bench.start();
  REQUIRE(bench.stage->asked(4));
  bench.manager->stop();
  CHECK(bench.record->published.empty());
  CHECK(bench.stage->etags[1] == "\"a\"");
  CHECK(bench.stage->etags[2] == "\"b\"");
}

TEST_CASE("every kind of bad poll keeps the last good configuration") {
  for (const Step& bad :
       {Step(reply(500)), Step(reply(401)), Step(reply(402)), Step(reply(403)), Step(reply(404)),
        Step(reply(302)), Step(reply(200, "{\"trunc")), Step(reply(200, R"({"rules":[]})")),
        Step(reply(200, R"({"proxy_username":"user-zq1","proxy_password":"hunter2"})")),
        Step(reply(200, body_with("null"))), Step(Err{ApiFailure{ApiFailure::Kind::time_out, "no answer"}}),
        Step(Err{ApiFailure{ApiFailure::Kind::too_large, "endless"}})}) {
    Bench bench({kFirst, bad, reply(200, body_with(R"(["new.test"])"), "\"b\"")});
    bench.start();
    REQUIRE(bench.record->published_times(1));
    bench.manager->stop();
    CHECK(bench.record->published[0]->version == 2);
    CHECK(bench.stage->etags[2] == "\"a\"");
    CHECK(bench.record->count("warn ") == 1);
    CHECK(bench.record->count("the API answers again") == 1);
  }
}

TEST_CASE("a lasting fault is a warning once, another fault once more") {
  const Step down = reply(503);
  const Step dead = Err{ApiFailure{ApiFailure::Kind::connect, "cannot connect to x:1: refused"}};
  Bench bench({kFirst, down, down, down, dead, dead, kNotModified}, 1ms);
  bench.start();
  REQUIRE(bench.record->logged("the API answers again"));
  bench.manager->stop();
  CHECK(bench.record->count("warn ") == 2);
  CHECK(bench.record->count("still cannot be refreshed") == 3);
}

TEST_CASE("the log tells what changed and shows no secret") {
  Bench bench(
      {kFirst, reply(200, body_with(R"(["a.test","b.test","*.example.com"])", "\"sess77\"", "correcthorse"),
                     "\"b\"")});
  bench.start();
  REQUIRE(bench.record->published_times(1));
  bench.manager->stop();
  CHECK(bench.record->count("configuration version 1: 1 rule, session none, geo us-ny") == 1);
  CHECK(bench.record->count(
            "configuration version 2: 3 rules (2 added, 0 removed), session changed: yes, geo us-ny, "
            "credentials changed: yes") == 1);
  for (const char* secret : {"user-zq1", "hunter2", "correcthorse", "Basic", "dXNlci16cTE"})
    CHECK(bench.record->count(secret) == 0);
}

TEST_CASE("a warning about the rules is logged once, as long as it stays the same") {
  Bench bench({reply(200, body_with(R"(["AUTO"])"), "\"a\""),
               reply(200, body_with(R"(["AUTO","a.test"])"), "\"b\""),
               reply(200, body_with(R"(["AUTO","a b.test"])"), "\"c\""), reply(200, body_with("[]"), "\"d\""),
               reply(200, body_with(R"(["-AUTO"])"), "\"e\"")});
  bench.start();
  REQUIRE(bench.record->published_times(3));
  CHECK(bench.record->count("AUTO is among the rules") == 1);
  CHECK(bench.record->count("configuration version 3: rule \"a b.test\" is left out") == 1);
  REQUIRE(bench.record->published_times(4));
  bench.manager->stop();
  CHECK(bench.record->count("AUTO is among the rules") == 2);
  CHECK(bench.record->published[1]->warnings.size() == 2);
  CHECK(bench.record->published[2]->warnings.empty());
}

TEST_CASE("a start without rules serves with an empty list and says so once") {
  Bench bench(
      {reply(200, R"({"proxy_username":"user-zq1","proxy_password":"hunter2"})", "\"a\""), kNotModified});
  bench.start();
  REQUIRE(bench.stage->asked(4));
  bench.manager->stop();
  CHECK(bench.record->count("the API's answer has no rules") == 1);
  CHECK(bench.manager->status().ready());
}

TEST_CASE("two polls never run at once, not even when refreshed all the time") {
  Bench bench({kFirst, kNotModified}, 1ms);
  bench.start();
  for (int i = 0; i < 2000; ++i) bench.manager->refresh_now();
  REQUIRE(bench.stage->asked(10));
  bench.manager->stop();
  CHECK_FALSE(bench.stage->overlapped);
}

TEST_CASE("refresh_now polls at once, and one that comes during a poll is not lost") {
  Bench bench({kFirst, kNotModified}, 1h);
  bench.start();
  bench.stage->mutex.lock();
  bench.stage->block = true;
  bench.stage->mutex.unlock();
  bench.manager->refresh_now();
  REQUIRE(bench.stage->asked(2));
  bench.manager->refresh_now();
  bench.stage->release();
  CHECK(bench.stage->asked(3));
}

TEST_CASE("Retry-After holds the next poll back") {
  auto limited = reply(429);
  limited.retry_after = 100s;
  Bench bench({kFirst, limited}, 1ms);
  bench.start();
  REQUIRE(bench.record->logged("too many requests"));
  std::promise<void> told;  // once the poll is over
  bench.manager->refresh([&] { told.set_value(); });
  REQUIRE(told.get_future().wait_for(5s) == std::future_status::ready);
  const auto next = bench.manager->status().next_poll_at;
  REQUIRE(next);
  CHECK(*next > std::chrono::system_clock::now() + 90s);
  CHECK(*next < std::chrono::system_clock::now() + 126s);
  CHECK(bench.stage->etags.size() == 2);
}

TEST_CASE("who insists is not held back by Retry-After, and who only asks is told at once") {
  auto limited = reply(429);
  limited.retry_after = 100s;
  Bench bench({kFirst, limited}, 1h);
  bench.start();
  bench.manager->refresh_now();
  REQUIRE(bench.record->logged("next poll in"));
  std::promise<void> told;
  bench.manager->refresh([&] { told.set_value(); });
  REQUIRE(told.get_future().wait_for(5s) == std::future_status::ready);
  CHECK(bench.stage->etags.size() == 2);
  std::promise<void> insisted;
  bench.manager->refresh([&] { insisted.set_value(); }, ConfigManager::Haste::insist);
  REQUIRE(insisted.get_future().wait_for(5s) == std::future_status::ready);
  CHECK(bench.stage->etags.size() == 3);
  bench.manager->refresh_now();
  CHECK(bench.stage->asked(4));
}

TEST_CASE("many who ask for a fetch do not make many fetches") {
  ControlOptions options;
  options.poll_interval = 1h;
  options.refresh_gap = 1h;
  auto stage = std::make_shared<Stage>();
  stage->steps = {kFirst, kNotModified};
  ConfigManager manager(options, std::make_unique<ScriptedApi>(stage), Logger{}, nullptr);
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
  CHECK(stage->etags.size() == 2);
}

TEST_CASE("stop ends a pending init, which returns cancelled") {
  for (const bool deaf : {false, true}) {
    Bench bench({kFirst});
    bench.stage->block = true;
    bench.stage->deaf = deaf;
    auto init = std::async(std::launch::async, [&] { return bench.manager->init(); });
    REQUIRE(bench.stage->asked(1));
    const auto begin = Clock::now();
    bench.manager->stop();
    CHECK(Clock::now() - begin < 1s);
    const auto result = init.get();
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == InitError::Kind::cancelled);
    CHECK(Clock::now() - begin < 1s);
  }
}

TEST_CASE("stop returns within a second from a poll that hangs, and nothing comes of that poll") {
  Bench bench({kFirst, reply(200, body_with(R"(["late.test"])"))}, 1h);
  bench.start();
  bench.stage->mutex.lock();
  bench.stage->block = true;
  bench.stage->deaf = true;
  bench.stage->mutex.unlock();
  bench.manager->refresh_now();
  REQUIRE(bench.stage->asked(2));
  const auto begin = Clock::now();
  bench.manager->stop();
  CHECK(Clock::now() - begin < 1s);
  const auto log = bench.record->log;
  bench.manager.reset();
  // The thread that was left behind gets its answer now, and lets go of the stage when it has ended.
  bench.stage->release();
  const auto limit = Clock::now() + 5s;
  while (bench.stage.use_count() > 1 && Clock::now() < limit) std::this_thread::yield();
  CHECK(bench.stage.use_count() == 1);
  CHECK(bench.record->published.empty());
  CHECK(bench.record->log == log);
}

TEST_CASE("stop may come first, twice, from several threads and from the callback") {
  Bench first({kFirst});
  first.manager->stop();
  first.manager->stop();
  const auto late = first.manager->init();
  REQUIRE_FALSE(late);
  CHECK(late.error().kind == InitError::Kind::cancelled);

  Bench many({kFirst, kNotModified});
  many.start();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { many.manager->stop(); });
  for (auto& thread : threads) thread.join();

  auto stage = std::make_shared<Stage>();
  stage->steps = {kFirst, reply(200, body_with(R"(["x.test"])")), reply(200, body_with(R"(["y.test"])"))};
  ControlOptions options;
  options.poll_interval = 1ms;
  std::promise<void> stopped;
  std::atomic<int> calls{0};
  ConfigManager* self = nullptr;
  ConfigManager manager(options, std::make_unique<ScriptedApi>(stage), Logger{}, [&](config::Snapshot) {
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

TEST_CASE("an API that throws is one more failed poll") {
  class Thrower final : public UserApi {
   public:
    Result<ApiReply, ApiFailure> get_user(const std::string&) override { throw std::bad_alloc(); }
    Result<ApiReply, ApiFailure> update(const config::UserChange&, const std::string&) override {
      throw std::bad_alloc();
    }
    void use_token(Secret) override {}
    void cancel() noexcept override {}
  };
  ConfigManager manager(ControlOptions{}, std::make_unique<Thrower>(), Logger{}, nullptr);
  const auto result = manager.init();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == InitError::Kind::api_error);
}
