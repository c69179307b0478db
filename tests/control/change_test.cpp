// Changes through the manager: what is sent, what is published, what the caller is told.
#include "control/scripted_api.hpp"

using namespace aluvia;
using namespace aluvia::control;
using namespace aluvia::api;
using namespace aluvia::config;
using namespace aluvia::control::testing;
using namespace std::chrono_literals;
using Kind = config::ApiError::Kind;
using Texts = std::vector<std::string>;

namespace {

Step with_rules(std::string_view rules, std::string etag) {
  return reply(200, body_with(rules), std::move(etag));
}

// Polls only when the test asks for it.
struct EditFixture : Fixture {
  explicit EditFixture(std::initializer_list<Step> gets, std::initializer_list<Step> updates = {})
      : Fixture(gets, std::chrono::hours(1)) {
    script->update_steps = updates;
    start();
  }
};

}  // namespace

TEST_CASE("A changed geo is sent alone, published from the answer, and its ETag is the next poll's") {
  EditFixture fixture({kFirst, kNotModified},
                      {reply(200, body_with(R"(["*.example.com"])", "\"s2\""), "\"b\"")});
  const auto result = fixture.change(SetGeo{"us-tx"});
  REQUIRE(result);
  REQUIRE(fixture.script->updates.size() == 1);
  CHECK(fixture.script->updates[0].body == R"({"target_geo":"us-tx"})");
  CHECK(fixture.script->updates[0].etag.empty());
  REQUIRE(fixture.record->published.size() == 1);
  CHECK(fixture.record->published[0] == result->snapshot);
  CHECK(result->snapshot->version == 2);
  CHECK(result->snapshot->session_id == "s2");
  CHECK(fixture.script->etags.size() == 1);
  fixture.manager->refresh_now();
  REQUIRE(fixture.script->asked(2));
  CHECK(fixture.script->etags[1] == "\"b\"");
}

TEST_CASE("Clearing sends null, and rotating a new session id each time") {
  EditFixture fixture({kFirst}, {reply(200, body_with("[]"), "\"b\"")});
  REQUIRE(fixture.change(SetGeo{}));
  REQUIRE(fixture.change(SetSession{}));
  REQUIRE(fixture.change(RotateSession{}));
  REQUIRE(fixture.change(RotateSession{}));
  const auto& sent = fixture.script->updates;
  CHECK(sent[0].body == R"({"target_geo":null})");
  CHECK(sent[1].body == R"({"session_id":null})");
  CHECK(sent[2].body.starts_with(R"({"session_id":")"));
  CHECK(sent[2].body != sent[3].body);
}

TEST_CASE("Where the API does not name the rules, none is added or removed, and a whole list can be set") {
  EditFixture fixture({reply(200, R"({"proxy_username":"user-zq1","proxy_password":"hunter2"})", "\"a\"")},
                      {with_rules(R"(["a.test"])", "\"b\"")});
  for (const Edit& edit : {Edit(AddRules{{"a.test"}}), Edit(RemoveRules{{"a.test"}})}) {
    const auto result = fixture.change(edit);
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == Kind::bad_answer);
  }
  CHECK(fixture.script->updates.empty());
  CHECK(fixture.change(SetRules{{"a.test"}}));
}

TEST_CASE("Rules are added to the API's current list, not to the known one") {
  EditFixture fixture({kFirst, with_rules(R"(["theirs.test"])", "\"b\""), kNotModified},
                      {with_rules(R"(["theirs.test","mine.test"])", "\"c\"")});
  const auto result = fixture.change(AddRules{{"mine.test"}});
  REQUIRE(result);
  REQUIRE(fixture.script->updates.size() == 1);
  CHECK(fixture.script->updates[0].body == R"({"rules":["theirs.test","mine.test"]})");
  CHECK(fixture.script->updates[0].etag == "\"b\"");
  CHECK(result->snapshot->rule_texts == Texts{"theirs.test", "mine.test"});
  CHECK(fixture.script->etags == Texts{"", "\"a\"", "\"c\""});
}

TEST_CASE("A rule that another writer has undone is sent again") {
  EditFixture fixture(
      {kFirst, kNotModified, with_rules(R"(["*.example.com","theirs.test"])", "\"c\""), kNotModified},
      {with_rules(R"(["*.example.com","mine.test"])", "\"b\""),
       with_rules(R"(["*.example.com","theirs.test","mine.test"])", "\"d\"")});
  const auto result = fixture.change(AddRules{{"mine.test"}});
  REQUIRE(result);
  REQUIRE(fixture.script->updates.size() == 2);
  CHECK(fixture.script->updates[1].body == R"({"rules":["*.example.com","theirs.test","mine.test"]})");
  CHECK(result->snapshot->rule_texts == Texts{"*.example.com", "theirs.test", "mine.test"});
}

TEST_CASE(
    "The list is read again after a failed condition, and written without a condition that always fails") {
  EditFixture fixture({kFirst, kNotModified},
                      {reply(412), with_rules(R"(["*.example.com","mine.test"])", "\"b\"")});
  REQUIRE(fixture.change(AddRules{{"mine.test"}}));
  REQUIRE(fixture.script->updates.size() == 2);
  CHECK(fixture.script->updates[0].etag == "\"a\"");
  CHECK(fixture.script->updates[1].etag.empty());
}

TEST_CASE("A weak ETag is no condition") {
  EditFixture fixture({with_rules("[]", "W/\"a\""), kNotModified}, {with_rules(R"(["mine.test"])", "\"b\"")});
  REQUIRE(fixture.change(AddRules{{"mine.test"}}));
  CHECK(fixture.script->updates[0].etag.empty());
}

TEST_CASE("A writer that is undone each time gives up with a conflict") {
  EditFixture fixture({kFirst, kNotModified}, {reply(200, body_with(R"(["theirs.test"])"), "\"b\"")});
  const auto result = fixture.change(AddRules{{"mine.test"}});
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Kind::conflict);
  CHECK(fixture.script->updates.size() > 2);
}

TEST_CASE("A rule that is there already is not sent, one that is not there cannot be removed") {
  EditFixture fixture({kFirst, kNotModified});
  REQUIRE(fixture.change(AddRules{{" *.EXAMPLE.com"}}));
  const auto result = fixture.change(RemoveRules{{"*.example.com", "other.test"}});
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Kind::invalid);
  CHECK(result.error().message == "there is no rule \"other.test\"");
  CHECK(fixture.script->updates.empty());
}

TEST_CASE("Rules are removed and set") {
  EditFixture fixture({with_rules(R"(["a.test","b.test"])", "\"a\""), kNotModified},
                      {with_rules(R"(["b.test"])", "\"b\""), with_rules(R"(["c.test"])", "\"c\"")});
  REQUIRE(fixture.change(RemoveRules{{"A.test"}}));
  REQUIRE(fixture.change(SetRules{{"c.test"}}));
  CHECK(fixture.script->updates[0].body == R"({"rules":["b.test"]})");
  CHECK(fixture.script->updates[1].body == R"({"rules":["c.test"]})");
  CHECK(fixture.script->updates[1].etag.empty());
}

TEST_CASE("Clearing removes the rules that the API has now, and tells which they were") {
  EditFixture fixture({kFirst, with_rules(R"(["theirs.test","mine.test"])", "\"b\""), kNotModified},
                      {with_rules("[]", "\"c\"")});
  const auto result = fixture.change(ClearRules{});
  REQUIRE(result);
  REQUIRE(fixture.script->updates.size() == 1);
  CHECK(fixture.script->updates[0].body == R"({"rules":[]})");
  CHECK(fixture.script->updates[0].etag == "\"b\"");
  CHECK(result->removed == Texts{"theirs.test", "mine.test"});
  CHECK(result->snapshot->rule_texts.empty());
  const auto again = fixture.change(ClearRules{});
  REQUIRE(again);
  CHECK(fixture.script->updates.size() == 1);
  CHECK(again->removed == Texts());
}

TEST_CASE("A rule that another writer adds during a clear is removed and reported, too") {
  EditFixture fixture({kFirst, kNotModified, with_rules(R"(["late.test"])", "\"c\""), kNotModified},
                      {with_rules("[]", "\"b\""), with_rules("[]", "\"d\"")});
  const auto result = fixture.change(ClearRules{});
  REQUIRE(result);
  CHECK(fixture.script->updates.size() == 2);
  CHECK(result->removed == Texts{"*.example.com", "late.test"});
}

TEST_CASE("Clearing local rules leaves the account alone") {
  EditFixture fixture({kFirst});
  REQUIRE(fixture.change(AddLocalRules{{"mine.test", "-not.mine.test"}}));
  const auto result = fixture.change(ClearRules{true});
  REQUIRE(result);
  CHECK(result->removed == Texts{"mine.test", "-not.mine.test"});
  CHECK(result->snapshot->local_rules.empty());
  CHECK(result->snapshot->rule_texts == Texts{"*.example.com"});
  CHECK(fixture.script->updates.empty());
  CHECK(fixture.script->etags.size() == 1);
}

TEST_CASE("An invalid edit is rejected without a request") {
  EditFixture fixture({kFirst});
  const Edit edits[] = {AddRules{{"a\nb.test"}},
                        AddRules{{std::string(300, 'a')}},
                        SetRules{Texts(300'000, std::string(53, 'a'))},
                        SetGeo{std::string(51, 'x')},
                        SetSession{"with-hyphen"},
                        AddLocalRules{{"https://"}}};
  for (const Edit& edit : edits) {
    const auto result = fixture.change(edit);
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == Kind::invalid);
    CHECK_FALSE(result.error().message.empty());
  }
  CHECK(fixture.script->etags.size() == 1);
  CHECK(fixture.script->updates.empty());
}

TEST_CASE("The first message of a 422 reaches the caller, and everything stays") {
  EditFixture fixture({kFirst},
                      {reply(422, R"({"success":false,"error":{"code":"validation_error","message":"no",)"
                                  R"("details":{"target_geo":["is not a place"]}}})")});
  const auto result = fixture.change(SetGeo{"nowhere"});
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Kind::rejected);
  CHECK(result.error().status == 422);
  CHECK(result.error().message.find("is not a place") != std::string::npos);
  CHECK(fixture.record->published.empty());
  CHECK(fixture.script->etags.size() == 1);
}

TEST_CASE("Each rejection of the API gets its kind of error") {
  auto limited = reply(429);
  limited.retry_after = 7s;
  const std::string payment = R"({"error":{"code":"payment_required","claim_url":"https://pay.test/1"}})";
  EditFixture fixture({kFirst, kNotModified},
                      {reply(401), reply(403), reply(402, payment), limited, reply(503), reply(404),
                       Err{config::no_response(config::ApiError::Cause::time_out, "no answer from x")}});
  for (const auto kind : {Kind::token_refused, Kind::token_refused, Kind::payment_required,
                          Kind::rate_limited, Kind::api_error, Kind::rejected, Kind::unreachable}) {
    const auto result = fixture.change(SetGeo{"us"});
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == kind);
    CHECK(result.error().claim_url == (kind == Kind::payment_required ? "https://pay.test/1" : ""));
    if (kind == Kind::rate_limited) CHECK(result.error().retry_after == 7s);
  }
}

TEST_CASE("An answer to a change that shows no configuration is followed by a fetch") {
  EditFixture fixture({kFirst, reply(200, body_with("[]", "\"new1\""), "\"b\"")}, {reply(204)});
  const auto result = fixture.change(SetSession{"new1"});
  REQUIRE(result);
  CHECK(result->snapshot->session_id == "new1");
}

TEST_CASE("Local rules are compiled and published without a request") {
  EditFixture fixture({kFirst, reply(200, body_with(R"(["*.other.test"])"), "\"b\"")});
  const auto added = fixture.change(AddLocalRules{{"mine.test"}});
  REQUIRE(added);
  CHECK(added->snapshot->version == 2);
  CHECK(added->snapshot->rules.match("mine.test").route == rules::Route::gateway);
  CHECK(added->snapshot->rules.match("a.example.com").route == rules::Route::gateway);
  CHECK(added->snapshot->local_rules == Texts{"mine.test"});
  CHECK(fixture.record->published.size() == 1);
  CHECK(fixture.script->etags.size() == 1);

  fixture.manager->refresh_now();  // they survive a new configuration
  REQUIRE(fixture.record->published_times(2));
  CHECK(fixture.record->published[1]->rules.match("mine.test").route == rules::Route::gateway);

  REQUIRE(fixture.change(RemoveLocalRules{{"MINE.test"}}));
  CHECK(fixture.record->published[2]->rules.match("mine.test").route == rules::Route::direct);
  const auto again = fixture.change(RemoveLocalRules{{"mine.test"}});
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == Kind::invalid);
}

TEST_CASE("A whole list of local rules is set in one step") {
  EditFixture fixture({kFirst});
  REQUIRE(fixture.change(AddLocalRules{{"old.test", "kept.test"}}));
  const auto set = fixture.change(SetLocalRules{{" kept.test", "new.test", "NEW.test"}});
  REQUIRE(set);
  CHECK(set->snapshot->local_rules == Texts{"kept.test", "new.test"});
  CHECK(fixture.record->published.size() == 2);
  REQUIRE(fixture.change(SetLocalRules{}));
  CHECK(fixture.record->published[2]->local_rules.empty());
  CHECK_FALSE(fixture.change(SetLocalRules{{"a b"}}));
}

TEST_CASE("A replaced configuration is freed by the poll thread, never by the last user of it") {
  EditFixture fixture(
      {kFirst, with_rules(R"(["b.test"])", "\"b\""), with_rules(R"(["c.test"])", "\"c\""), kNotModified});
  const auto refresh = [&] {
    std::promise<void> told;
    fixture.manager->refresh([&] { told.set_value(); }, ConfigManager::Haste::insist);
    REQUIRE(told.get_future().wait_for(5s) == std::future_status::ready);
  };
  refresh();
  refresh();
  REQUIRE(fixture.record->published.size() == 2);
  const std::weak_ptr<const config::UserNetworkConfig> replaced = fixture.record->published[0];
  fixture.record->published.clear();
  CHECK_FALSE(replaced.expired());
  refresh();
  CHECK(replaced.expired());
}

TEST_CASE("Changes are made one after the other, in order") {
  EditFixture fixture({kFirst}, {reply(200, body_with("[]"), "\"b\"")});
  std::promise<void> last;
  for (int i = 0; i < 20; ++i) {
    fixture.manager->change(SetGeo{std::to_string(i)}, [&, i](const ChangeResult&) {
      if (i == 19) last.set_value();
    });
  }
  REQUIRE(last.get_future().wait_for(5s) == std::future_status::ready);
  for (int i = 0; i < 20; ++i)
    CHECK(fixture.script->updates[static_cast<std::size_t>(i)].body ==
          R"({"target_geo":")" + std::to_string(i) + "\"}");
}

TEST_CASE("stop() destroys waiting callbacks without a call") {
  EditFixture fixture({kFirst});
  fixture.script->mutex.lock();
  fixture.script->block = true;
  fixture.script->mutex.unlock();
  fixture.manager->refresh_now();
  REQUIRE(fixture.script->asked(2));
  auto called = std::make_shared<bool>(false);
  fixture.manager->change(SetGeo{"us"}, [called](const ChangeResult&) { *called = true; });
  fixture.manager->refresh([called] { *called = true; });
  fixture.manager->stop();
  fixture.manager.reset();
  CHECK(called.use_count() == 1);
  CHECK_FALSE(*called);
}

TEST_CASE("refresh() calls back after a fetch that began later, with its snapshot published") {
  EditFixture fixture({kFirst, kNotModified, with_rules(R"(["new.test"])", "\"b\""), kNotModified});
  fixture.script->mutex.lock();
  fixture.script->block = true;
  fixture.script->mutex.unlock();
  fixture.manager->refresh_now();
  REQUIRE(fixture.script->asked(2));  // under way: it cannot know what happens now
  std::promise<std::size_t> told;
  std::promise<void> second;
  fixture.manager->refresh([&] { told.set_value(fixture.record->published.size()); });
  fixture.manager->refresh([&] { second.set_value(); });
  fixture.script->release();
  auto published = told.get_future();
  REQUIRE(published.wait_for(5s) == std::future_status::ready);
  CHECK(published.get() == 1);
  REQUIRE(second.get_future().wait_for(5s) == std::future_status::ready);
  CHECK(fixture.script->etags.size() == 3);  // both share one fetch
}

TEST_CASE("refresh() calls back also after a failed fetch") {
  EditFixture fixture({kFirst, reply(500)});
  std::promise<void> told;
  fixture.manager->refresh([&] { told.set_value(); });
  CHECK(told.get_future().wait_for(5s) == std::future_status::ready);
}

TEST_CASE("Learned hosts are in the first snapshot, and in those of later configurations") {
  const Step with_auto = with_rules(R"(["AUTO"])", "\"a\"");
  ControlOptions options;
  options.learned.emplace();
  Fixture fixture({with_auto, with_rules(R"(["AUTO","b.test"])", "\"b\""), kNotModified},
                  std::chrono::hours(1), LogLevel::debug, options);
  fixture.manager->start_with_learned({"shop.test"});
  const auto first = fixture.manager->init();
  REQUIRE(first);
  CHECK((*first)->rules.match("shop.test").route == rules::Route::gateway);
  CHECK((*first)->warnings.empty());  // that AUTO matches nothing
  fixture.manager->start_polling();

  const auto changed = fixture.change(SetLearned{{"news.test"}});
  REQUIRE(changed);
  CHECK(changed->snapshot->version == 2);
  CHECK(changed->snapshot->rules.match("shop.test").route == rules::Route::direct);
  CHECK(changed->snapshot->rules.match("news.test").route == rules::Route::gateway);
  REQUIRE(fixture.change(SetLearned{{"news.test"}}));
  CHECK(fixture.record->published.size() == 1);  // nothing has changed

  fixture.manager->refresh_now();
  REQUIRE(fixture.record->published_times(2));
  CHECK(fixture.record->published[1]->rules.match("news.test").route == rules::Route::gateway);
  CHECK(fixture.script->updates.empty());
}

TEST_CASE("Learned hosts that change all the time put off no poll") {
  Fixture fixture({with_rules(R"(["AUTO"])", "\"a\""), kNotModified}, 30ms);
  fixture.start();
  const auto end = std::chrono::steady_clock::now() + 5s;
  const auto polls = [&] {
    const std::lock_guard lock(fixture.script->mutex);
    return fixture.script->etags.size();
  };
  for (int i = 0; polls() < 3 && std::chrono::steady_clock::now() < end; ++i)
    REQUIRE(fixture.change(SetLearned{{i % 2 == 0 ? "a.test" : "b.test"}}));
  CHECK(polls() >= 3);
}
