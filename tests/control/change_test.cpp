// Changes through the manager: what is sent, what is published, what the caller is told.
#include "control/scripted_api.hpp"

using namespace aluvia;
using namespace aluvia::control;
using namespace aluvia::api;
using namespace aluvia::config;
using namespace aluvia::control::testing;
using namespace std::chrono_literals;
using Kind = ChangeError::Kind;
using Texts = std::vector<std::string>;

namespace {

Step with_rules(std::string_view rules, std::string etag) {
  return reply(200, body_with(rules), std::move(etag));
}

// Polls only when the test asks for it.
struct Steered : Bench {
  explicit Steered(std::initializer_list<Step> gets, std::initializer_list<Step> updates = {})
      : Bench(gets, std::chrono::hours(1)) {
    stage->update_steps = updates;
    start();
  }
};

}  // namespace

TEST_CASE("a changed geo is sent alone, published from the answer, and its ETag is the next poll's") {
  Steered bench({kFirst, kNotModified}, {reply(200, body_with(R"(["*.example.com"])", "\"s2\""), "\"b\"")});
  const auto result = bench.change(SetGeo{"us-tx"});
  REQUIRE(result);
  REQUIRE(bench.stage->updates.size() == 1);
  CHECK(bench.stage->updates[0].body == R"({"target_geo":"us-tx"})");
  CHECK(bench.stage->updates[0].etag.empty());
  REQUIRE(bench.record->published.size() == 1);
  CHECK(bench.record->published[0] == *result);
  CHECK((*result)->version == 2);
  CHECK((*result)->session_id == "s2");
  CHECK(bench.stage->etags.size() == 1);
  bench.manager->refresh_now();
  REQUIRE(bench.stage->asked(2));
  CHECK(bench.stage->etags[1] == "\"b\"");
}

TEST_CASE("clearing sends null, and rotating a new session id each time") {
  Steered bench({kFirst}, {reply(200, body_with("[]"), "\"b\"")});
  REQUIRE(bench.change(SetGeo{}));
  REQUIRE(bench.change(SetSession{}));
  REQUIRE(bench.change(RotateSession{}));
  REQUIRE(bench.change(RotateSession{}));
  const auto& sent = bench.stage->updates;
  CHECK(sent[0].body == R"({"target_geo":null})");
  CHECK(sent[1].body == R"({"session_id":null})");
  CHECK(sent[2].body.starts_with(R"({"session_id":")"));
  CHECK(sent[2].body != sent[3].body);
}

TEST_CASE("where the API does not name the rules, none is added or removed, and a whole list can be set") {
  Steered bench({reply(200, R"({"proxy_username":"user-zq1","proxy_password":"hunter2"})", "\"a\"")},
                {with_rules(R"(["a.test"])", "\"b\"")});
  for (const Edit& edit : {Edit(AddRules{{"a.test"}}), Edit(RemoveRules{{"a.test"}})}) {
    const auto result = bench.change(edit);
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == Kind::bad_answer);
  }
  CHECK(bench.stage->updates.empty());
  CHECK(bench.change(SetRules{{"a.test"}}));
}

TEST_CASE("rules are added to what the API has now, not to what was known") {
  Steered bench({kFirst, with_rules(R"(["theirs.test"])", "\"b\""), kNotModified},
                {with_rules(R"(["theirs.test","mine.test"])", "\"c\"")});
  const auto result = bench.change(AddRules{{"mine.test"}});
  REQUIRE(result);
  REQUIRE(bench.stage->updates.size() == 1);
  CHECK(bench.stage->updates[0].body == R"({"rules":["theirs.test","mine.test"]})");
  CHECK(bench.stage->updates[0].etag == "\"b\"");
  CHECK((*result)->rule_texts == Texts{"theirs.test", "mine.test"});
  CHECK(bench.stage->etags == Texts{"", "\"a\"", "\"c\""});
}

TEST_CASE("a rule that another writer has undone is sent again") {
  Steered bench(
      {kFirst, kNotModified, with_rules(R"(["*.example.com","theirs.test"])", "\"c\""), kNotModified},
      {with_rules(R"(["*.example.com","mine.test"])", "\"b\""),
       with_rules(R"(["*.example.com","theirs.test","mine.test"])", "\"d\"")});
  const auto result = bench.change(AddRules{{"mine.test"}});
  REQUIRE(result);
  REQUIRE(bench.stage->updates.size() == 2);
  CHECK(bench.stage->updates[1].body == R"({"rules":["*.example.com","theirs.test","mine.test"]})");
  CHECK((*result)->rule_texts == Texts{"*.example.com", "theirs.test", "mine.test"});
}

TEST_CASE("a condition that fails means reading again, and one that always fails is left out") {
  Steered bench({kFirst, kNotModified},
                {reply(412), with_rules(R"(["*.example.com","mine.test"])", "\"b\"")});
  REQUIRE(bench.change(AddRules{{"mine.test"}}));
  REQUIRE(bench.stage->updates.size() == 2);
  CHECK(bench.stage->updates[0].etag == "\"a\"");
  CHECK(bench.stage->updates[1].etag.empty());
}

TEST_CASE("a weak ETag is no condition") {
  Steered bench({with_rules("[]", "W/\"a\""), kNotModified}, {with_rules(R"(["mine.test"])", "\"b\"")});
  REQUIRE(bench.change(AddRules{{"mine.test"}}));
  CHECK(bench.stage->updates[0].etag.empty());
}

TEST_CASE("a writer that is undone each time gives up with a conflict") {
  Steered bench({kFirst, kNotModified}, {reply(200, body_with(R"(["theirs.test"])"), "\"b\"")});
  const auto result = bench.change(AddRules{{"mine.test"}});
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Kind::conflict);
  CHECK(bench.stage->updates.size() > 2);
}

TEST_CASE("a rule that is there already is not sent, one that is not there cannot be removed") {
  Steered bench({kFirst, kNotModified});
  REQUIRE(bench.change(AddRules{{" *.EXAMPLE.com"}}));
  const auto result = bench.change(RemoveRules{{"*.example.com", "other.test"}});
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Kind::invalid);
  CHECK(result.error().message == "there is no rule \"other.test\"");
  CHECK(bench.stage->updates.empty());
}

TEST_CASE("rules are removed and set") {
  Steered bench({with_rules(R"(["a.test","b.test"])", "\"a\""), kNotModified},
                {with_rules(R"(["b.test"])", "\"b\""), with_rules(R"(["c.test"])", "\"c\"")});
  REQUIRE(bench.change(RemoveRules{{"A.test"}}));
  REQUIRE(bench.change(SetRules{{"c.test"}}));
  CHECK(bench.stage->updates[0].body == R"({"rules":["b.test"]})");
  CHECK(bench.stage->updates[1].body == R"({"rules":["c.test"]})");
  CHECK(bench.stage->updates[1].etag.empty());
}

TEST_CASE("clearing removes the rules that the API has now, and tells which they were") {
  Steered bench({kFirst, with_rules(R"(["theirs.test","mine.test"])", "\"b\""), kNotModified},
                {with_rules("[]", "\"c\"")});
  const auto removed = std::make_shared<Texts>();
  const auto result = bench.change(ClearRules{false, removed});
  REQUIRE(result);
  REQUIRE(bench.stage->updates.size() == 1);
  CHECK(bench.stage->updates[0].body == R"({"rules":[]})");
  CHECK(bench.stage->updates[0].etag == "\"b\"");
  CHECK(*removed == Texts{"theirs.test", "mine.test"});
  CHECK((*result)->rule_texts.empty());
  removed->clear();
  REQUIRE(bench.change(ClearRules{false, removed}));
  CHECK(bench.stage->updates.size() == 1);
  CHECK(removed->empty());
}

TEST_CASE("a rule that another writer adds during a clear is removed and told, too") {
  Steered bench({kFirst, kNotModified, with_rules(R"(["late.test"])", "\"c\""), kNotModified},
                {with_rules("[]", "\"b\""), with_rules("[]", "\"d\"")});
  const auto removed = std::make_shared<Texts>();
  REQUIRE(bench.change(ClearRules{false, removed}));
  CHECK(bench.stage->updates.size() == 2);
  CHECK(*removed == Texts{"*.example.com", "late.test"});
}

TEST_CASE("clearing local rules leaves the account alone") {
  Steered bench({kFirst});
  REQUIRE(bench.change(AddLocalRules{{"mine.test", "-not.mine.test"}}));
  const auto removed = std::make_shared<Texts>();
  const auto result = bench.change(ClearRules{true, removed});
  REQUIRE(result);
  CHECK(*removed == Texts{"mine.test", "-not.mine.test"});
  CHECK((*result)->local_rules.empty());
  CHECK((*result)->rule_texts == Texts{"*.example.com"});
  CHECK(bench.stage->updates.empty());
  CHECK(bench.stage->etags.size() == 1);
}

TEST_CASE("what is not valid is refused before anybody is asked") {
  Steered bench({kFirst});
  const Edit edits[] = {AddRules{{"a\nb.test"}},
                        AddRules{{std::string(300, 'a')}},
                        SetRules{Texts(300'000, std::string(53, 'a'))},
                        SetGeo{std::string(51, 'x')},
                        SetSession{"with-hyphen"},
                        AddLocalRules{{"https://"}}};
  for (const Edit& edit : edits) {
    const auto result = bench.change(edit);
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == Kind::invalid);
    CHECK_FALSE(result.error().message.empty());
  }
  CHECK(bench.stage->etags.size() == 1);
  CHECK(bench.stage->updates.empty());
}

TEST_CASE("the first message of a 422 reaches the caller, and everything stays") {
  Steered bench({kFirst}, {reply(422, R"({"success":false,"error":{"code":"validation_error","message":"no",)"
                                      R"("details":{"target_geo":["is not a place"]}}})")});
  const auto result = bench.change(SetGeo{"nowhere"});
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Kind::rejected);
  CHECK(result.error().status == 422);
  CHECK(result.error().message.find("is not a place") != std::string::npos);
  CHECK(bench.record->published.empty());
  CHECK(bench.stage->etags.size() == 1);
}

TEST_CASE("each refusal of the API is told by its kind") {
  auto limited = reply(429);
  limited.retry_after = 7s;
  const std::string payment = R"({"error":{"code":"payment_required","claim_url":"https://pay.test/1"}})";
  Steered bench({kFirst, kNotModified},
                {reply(401), reply(403), reply(402, payment), limited, reply(503), reply(404),
                 Err{ApiFailure{ApiFailure::Kind::time_out, "no answer from x"}}});
  for (const auto kind : {Kind::token_refused, Kind::token_refused, Kind::payment_required,
                          Kind::rate_limited, Kind::api_error, Kind::rejected, Kind::unreachable}) {
    const auto result = bench.change(SetGeo{"us"});
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == kind);
    CHECK(result.error().claim_url == (kind == Kind::payment_required ? "https://pay.test/1" : ""));
    if (kind == Kind::rate_limited) CHECK(result.error().retry_after == 7s);
  }
}

TEST_CASE("an answer to a change that shows no configuration is followed by a fetch") {
  Steered bench({kFirst, reply(200, body_with("[]", "\"new1\""), "\"b\"")}, {reply(204)});
  const auto result = bench.change(SetSession{"new1"});
  REQUIRE(result);
  CHECK((*result)->session_id == "new1");
}

TEST_CASE("local rules are this proxy's own: compiled, published, and nobody is asked") {
  Steered bench({kFirst, reply(200, body_with(R"(["*.other.test"])"), "\"b\"")});
  const auto added = bench.change(AddLocalRules{{"mine.test"}});
  REQUIRE(added);
  CHECK((*added)->version == 2);
  CHECK((*added)->rules.match("mine.test").route == rules::Route::gateway);
  CHECK((*added)->rules.match("a.example.com").route == rules::Route::gateway);
  CHECK((*added)->local_rules == Texts{"mine.test"});
  CHECK(bench.record->published.size() == 1);
  CHECK(bench.stage->etags.size() == 1);

  bench.manager->refresh_now();  // they survive a new configuration
  REQUIRE(bench.record->published_times(2));
  CHECK(bench.record->published[1]->rules.match("mine.test").route == rules::Route::gateway);

  REQUIRE(bench.change(RemoveLocalRules{{"MINE.test"}}));
  CHECK(bench.record->published[2]->rules.match("mine.test").route == rules::Route::direct);
  const auto again = bench.change(RemoveLocalRules{{"mine.test"}});
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == Kind::invalid);
}

TEST_CASE("a whole list of local rules is set in one step") {
  Steered bench({kFirst});
  REQUIRE(bench.change(AddLocalRules{{"old.test", "kept.test"}}));
  const auto set = bench.change(SetLocalRules{{" kept.test", "new.test", "NEW.test"}});
  REQUIRE(set);
  CHECK((*set)->local_rules == Texts{"kept.test", "new.test"});
  CHECK(bench.record->published.size() == 2);
  REQUIRE(bench.change(SetLocalRules{}));
  CHECK(bench.record->published[2]->local_rules.empty());
  CHECK_FALSE(bench.change(SetLocalRules{{"a b"}}));
}

TEST_CASE("a replaced configuration is freed by the poll thread, never by the last user of it") {
  Steered bench(
      {kFirst, with_rules(R"(["b.test"])", "\"b\""), with_rules(R"(["c.test"])", "\"c\""), kNotModified});
  const auto refresh = [&] {
    std::promise<void> told;
    bench.manager->refresh([&] { told.set_value(); }, ConfigManager::Haste::insist);
    REQUIRE(told.get_future().wait_for(5s) == std::future_status::ready);
  };
  refresh();
  refresh();
  REQUIRE(bench.record->published.size() == 2);
  const std::weak_ptr<const config::UserNetworkConfig> replaced = bench.record->published[0];
  bench.record->published.clear();
  CHECK_FALSE(replaced.expired());
  refresh();
  CHECK(replaced.expired());
}

TEST_CASE("changes are made one after the other, in order") {
  Steered bench({kFirst}, {reply(200, body_with("[]"), "\"b\"")});
  std::promise<void> last;
  for (int i = 0; i < 20; ++i) {
    bench.manager->change(SetGeo{std::to_string(i)}, [&, i](const ChangeResult&) {
      if (i == 19) last.set_value();
    });
  }
  REQUIRE(last.get_future().wait_for(5s) == std::future_status::ready);
  for (int i = 0; i < 20; ++i)
    CHECK(bench.stage->updates[static_cast<std::size_t>(i)].body ==
          R"({"target_geo":")" + std::to_string(i) + "\"}");
}

TEST_CASE("stop lets go of what waits, and none of it is called") {
  Steered bench({kFirst});
  bench.stage->mutex.lock();
  bench.stage->block = true;
  bench.stage->mutex.unlock();
  bench.manager->refresh_now();
  REQUIRE(bench.stage->asked(2));
  auto called = std::make_shared<bool>(false);
  bench.manager->change(SetGeo{"us"}, [called](const ChangeResult&) { *called = true; });
  bench.manager->refresh([called] { *called = true; });
  bench.manager->stop();
  bench.manager.reset();
  CHECK(called.use_count() == 1);
  CHECK_FALSE(*called);
}

TEST_CASE("who refreshes is told after a fetch that began later, with its snapshot published") {
  Steered bench({kFirst, kNotModified, with_rules(R"(["new.test"])", "\"b\""), kNotModified});
  bench.stage->mutex.lock();
  bench.stage->block = true;
  bench.stage->mutex.unlock();
  bench.manager->refresh_now();
  REQUIRE(bench.stage->asked(2));  // under way: it cannot know what happens now
  std::promise<std::size_t> told;
  std::promise<void> second;
  bench.manager->refresh([&] { told.set_value(bench.record->published.size()); });
  bench.manager->refresh([&] { second.set_value(); });
  bench.stage->release();
  auto published = told.get_future();
  REQUIRE(published.wait_for(5s) == std::future_status::ready);
  CHECK(published.get() == 1);
  REQUIRE(second.get_future().wait_for(5s) == std::future_status::ready);
  CHECK(bench.stage->etags.size() == 3);  // both share one fetch
}

TEST_CASE("who refreshes is told also when the fetch fails") {
  Steered bench({kFirst, reply(500)});
  std::promise<void> told;
  bench.manager->refresh([&] { told.set_value(); });
  CHECK(told.get_future().wait_for(5s) == std::future_status::ready);
}
