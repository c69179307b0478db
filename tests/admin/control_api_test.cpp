// Tests of ControlApi: the requests of the control socket and their answers.
#include "admin/control_api.hpp"

#include "admin/command_json.hpp"
#include "admin/site.hpp"
#include "sample.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::admin;
using namespace aluvia::admin::test;
using aluvia::Err;
using aluvia::config::ApiError;
namespace config = aluvia::config;
using Texts = std::vector<std::string>;

namespace {

struct Fixture {
  Commands commands() {
    Commands out;
    out.change = [this](config::Edit edit, const config::ChangeDone& done) {
      edits.push_back(std::move(edit));
      if (error) return done(Err{*error});
      done(config::ChangedConfig{snapshot({"new.example"}, {"own.example"}), removed, before});
    };
    out.refresh = [this](const std::function<void(std::optional<ApiError>)>& done) {
      ++refreshes;
      done(error);
    };
    out.report_block = [this](const BlockReport& report, const std::function<void(BlockReceipt)>& done) {
      reports.push_back(report);
      done(BlockReceipt{explanation.value_or(Explanation{}), reports.size(), effect});
    };
    out.forget = [this](const Texts& hosts, const std::function<void(ForgetResult)>& done) {
      forgotten.push_back(hosts);
      if (hosts == Texts{"unknown.example"}) return done(Err{std::string("unknown.example is not learned")});
      done(hosts.size());
    };
    out.stop = [this] { ++stops; };
    return out;
  }
  Answer ask(std::string_view method, std::string_view target, std::string_view body = {},
             Format format = Format::json) {
    std::optional<Answer> out;
    StatusProvider asked = source(status());
    if (explanation) {
      asked.explain = [this](const aluvia::http::Authority&, const std::function<void(Explanation)>& done) {
        done(*explanation);
      };
    }
    ControlApi(asked, commands()).handle(Request(method, target, body, format), [&](Answer answer) {
      CHECK_FALSE(out);
      out.emplace(std::move(answer));
    });
    REQUIRE(out);
    return *out;
  }

  std::vector<config::Edit> edits;
  std::vector<BlockReport> reports;
  BlockEffect effect;
  std::vector<Texts> forgotten;
  std::optional<ApiError> error;
  std::optional<std::vector<std::string>> removed;
  config::Snapshot before = std::make_shared<config::UserNetworkConfig>();
  std::optional<Explanation> explanation;
  int refreshes = 0;
  int stops = 0;
};

}  // namespace

TEST_CASE("Rules are added, removed and set, in this proxy alone where that is said") {
  Fixture fixture;
  CHECK(fixture.ask("POST", "/rules", R"({"add":["a.example","-b.example"]})").status == 200);
  CHECK(fixture.ask("POST", "/rules", R"({"remove":["a.example"],"local":true})").status == 200);
  CHECK(fixture.ask("POST", "/rules", R"({"set":[],"local":false})").status == 200);
  CHECK(fixture.ask("POST", "/rules", R"({"local":true,"add":["c.example"]})").status == 200);
  REQUIRE(fixture.edits.size() == 4);
  CHECK(std::get<config::AddRules>(fixture.edits[0]).rules == Texts{"a.example", "-b.example"});
  CHECK(std::get<config::RemoveLocalRules>(fixture.edits[1]).rules == Texts{"a.example"});
  CHECK(std::get<config::SetRules>(fixture.edits[2]).rules.empty());
  CHECK(std::get<config::AddLocalRules>(fixture.edits[3]).rules == Texts{"c.example"});
}

TEST_CASE("The answer to a change is the configuration that holds it") {
  Fixture fixture;
  const Answer json = fixture.ask("POST", "/rotate");
  CHECK(std::holds_alternative<config::RotateSession>(fixture.edits.at(0)));
  CHECK(json.body ==
        "{\"configuration\":7,\"rules\":[\"new.example\"],\"local_rules\":[\"own.example\"],"
        "\"session_id\":\"session42\",\"target_geo\":\"us-ny\"}\n");
  CHECK(fixture.ask("POST", "/rotate", {}, Format::text).body ==
        "New session sess…: the next gateway connection leaves from another address.\n");
}

TEST_CASE("A geo is set, and null clears it") {
  Fixture fixture;
  fixture.ask("POST", "/geo", R"({"geo":"us-ny"})");
  fixture.ask("POST", "/geo", R"({"geo":null})");
  CHECK(std::get<config::SetGeo>(fixture.edits.at(0)).geo == "us-ny");
  CHECK_FALSE(std::get<config::SetGeo>(fixture.edits.at(1)).geo);
}

TEST_CASE("Rotate takes a session id, null clears it, and without a body the id is a fresh one") {
  Fixture fixture;
  fixture.ask("POST", "/rotate", R"({"session_id":"mine42"})");
  fixture.ask("POST", "/rotate", R"({"session_id":null})");
  fixture.ask("POST", "/rotate");
  CHECK(std::get<config::SetSession>(fixture.edits.at(0)).session_id == "mine42");
  CHECK_FALSE(std::get<config::SetSession>(fixture.edits.at(1)).session_id);
  CHECK(std::holds_alternative<config::RotateSession>(fixture.edits.at(2)));
}

TEST_CASE("A body that is not what the request takes changes nothing") {
  Fixture fixture;
  for (const std::string_view body :
       {"", "{", "[]", "null", "{}", R"({"add":"x"})", R"({"add":[1]})", R"({"add":[],"set":[]})",
        R"({"add":["x"],"local":1})", R"({"clear":[]})", R"({"clear":false})",
        R"({"clear":true,"add":["x"]})", R"({"add":["x"],"more":1})", R"({"local":true})",
        "{\"add\":[\"\xff\"]}", R"({"add":["x"]} trailing)"}) {
    CAPTURE(body);
    CHECK(fixture.ask("POST", "/rules", body).status == 400);
  }
  for (const std::string_view body : {"", "{}", R"({"geo":1})", R"({"geo":"x","more":1})"}) {
    CHECK(fixture.ask("POST", "/geo", body).status == 400);
  }
  for (const std::string_view body : {"{", "{}", R"({"session_id":1})", R"({"session_id":"x","more":1})"}) {
    CHECK(fixture.ask("POST", "/rotate", body).status == 400);
  }
  CHECK(fixture.edits.empty());
}

TEST_CASE("An error has a status, a code, a sentence and the next step") {
  Fixture fixture;
  fixture.error = ApiError{ApiError::Kind::payment_required, "the balance is used up", 402,
                           "https://aluvia.example/claim"};
  const Answer json = fixture.ask("POST", "/rotate");
  CHECK(json.status == 402);
  CHECK(json.body ==
        "{\"error\":{\"code\":\"payment_required\",\"message\":\"the balance is used up\"},"
        "\"next\":\"open https://aluvia.example/claim\"}\n");
  fixture.error = ApiError{ApiError::Kind::rate_limited, "slow down", 429, {}, std::chrono::seconds(7)};
  CHECK(has(fixture.ask("POST", "/rotate").body, "\"retry_after_s\":7},\"next\":\"try again in 7 s\""));
  CHECK(fixture.ask("POST", "/rotate", {}, Format::text).body == "slow down\n");
}

TEST_CASE("Rules are cleared with an answer that lists the removed ones") {
  Fixture fixture;
  fixture.removed = {"a.example", "-b.example"};
  const Answer json = fixture.ask("POST", "/rules", R"({"clear":true,"local":true})");
  REQUIRE(fixture.edits.size() == 1);
  CHECK(std::get<config::ClearRules>(fixture.edits[0]).local);
  CHECK(has(json.body, R"("removed":["a.example","-b.example"])"));
  CHECK(fixture.ask("POST", "/rules", R"({"clear":true})", Format::text).body ==
        "removed  a.example\nremoved  -b.example\nRemoved 2 rules. In force now.\n");
  fixture.removed = std::vector<std::string>();
  CHECK(has(fixture.ask("POST", "/rules", R"({"clear":true})", Format::text).body,
            "There are no rules to remove."));
}

TEST_CASE("A refresh that the API answers with an error is answered with that error") {
  Fixture fixture;
  fixture.error = ApiError{ApiError::Kind::token_refused, "the API refuses the token", 401};
  CHECK(fixture.ask("POST", "/refresh").status == 401);
  CHECK(has(fixture.ask("POST", "/refresh").body, R"("code":"token_refused")"));
  CHECK(fixture.ask("POST", "/refresh", {}, Format::text).body == "the API refuses the token\n");
}

TEST_CASE("Refresh answers with the status, stop at once") {
  Fixture fixture;
  CHECK(has(fixture.ask("POST", "/refresh").body, "\"ready\":true"));
  CHECK(fixture.refreshes == 1);
  CHECK(fixture.ask("POST", "/refresh", {}, Format::text).body ==
        "The configuration is still version 7 (1 rule). Nothing changed.\n");
  CHECK(fixture.ask("POST", "/stop").status == 202);
  CHECK(fixture.stops == 1);
}

TEST_CASE("Nothing is changed by a GET, and another method or path is rejected") {
  Fixture fixture;
  for (const std::string_view path : {"/rotate", "/refresh", "/stop"}) {
    CHECK(fixture.ask("GET", path).status == 405);
    CHECK(fixture.ask("GET", path).allow == "POST");
  }
  CHECK(fixture.ask("DELETE", "/rules").status == 405);
  CHECK(fixture.ask("POST", "/status").status == 405);
  CHECK(fixture.ask("GET", "/nothing").status == 404);
  CHECK(fixture.edits.empty());
  CHECK(fixture.stops + fixture.refreshes == 0);
}

TEST_CASE("The owner sees the session, rules and geo") {
  Fixture fixture;
  CHECK(has(fixture.ask("GET", "/status").body, "\"session_id\":\"session42\""));
  CHECK(has(fixture.ask("GET", "/rules").body, "\"rules\":[\"shop.example\"]"));
  CHECK(fixture.ask("GET", "/rules", {}, Format::text).body == "account  shop.example\n");
  CHECK(fixture.ask("GET", "/geo", {}, Format::text).body == "us-ny\n");
  CHECK(fixture.ask("GET", "/url").body == "http://127.0.0.1:54321\n");
  CHECK(fixture.ask("GET", "/client-url").body == "http://agent:sesame@127.0.0.1:54321\n");
  CHECK(fixture.ask("GET", "/variables").body == "CA_FILE=/tmp/ca.pem\nARGUMENTS=a=b c\n");
}

TEST_CASE("A site is explained by its URL, its host, or its host and port") {
  Fixture fixture;
  CHECK(fixture.ask("GET", "/explain?url=https%3A%2F%2FShop.example%2Fa%3Fb").body ==
        "{\"host\":\"shop.example\",\"port\":443,\"route\":\"gateway\",\"rule\":\"*.shop.example\","
        "\"action\":\"forward\","
        "\"configuration\":7}\n");
  CHECK(has(fixture.ask("GET", "/explain?x=1&url=shop.example:8080", {}, Format::text).body,
            "shop.example:8080: gateway (*.shop.example), configuration version 7"));
  for (const std::string_view wrong :
       {"/explain", "/explain?url=", "/explain?url=%zz", "/explain?url=ftp%3A%2F%2Fx", "/explain?url=a%00b",
        "/explain?url=%"}) {
    CAPTURE(wrong);
    CHECK(fixture.ask("GET", wrong).status == 400);
  }
}

TEST_CASE("A site that the proxy rejects is explained by its answer, not by a route") {
  Fixture fixture;
  fixture.explanation = Explanation{aluvia::rules::Route::direct, "no rule matches", 7,
                                    Rejection{403, "it is a private address", "Leave --deny-private out."}};
  CHECK(
      fixture.ask("GET", "/explain?url=http://x.example").body ==
      R"({"host":"x.example","port":80,"route":"rejected","action":"refuse","status":403,"reason":"it is a private address",)"
      R"("advice":"Leave --deny-private out.","configuration":7})"
      "\n");
  CHECK(fixture.ask("GET", "/explain?url=http://x.example", {}, Format::text).body ==
        "x.example:80: rejected with 403 (it is a private address), configuration version 7\n"
        "Leave --deny-private out.\n");
}

TEST_CASE("A route that fails at this moment is explained with the reason") {
  Fixture fixture;
  fixture.explanation =
      Explanation{aluvia::rules::Route::direct, "no rule matches", 7, {}, "the name does not exist"};
  CHECK(has(
      fixture.ask("GET", "/explain?url=x.example").body,
      R"("route":"direct","rule":"no rule matches","action":"forward","trouble":"the name does not exist")"));
  CHECK(fixture.ask("GET", "/explain?url=x.example", {}, Format::text).body ==
        "x.example:443: direct (no rule matches), configuration version 7\n"
        "but at this moment the name does not exist\n");
}

TEST_CASE("No explanation tells its reader to change the rules") {
  Fixture fixture;
  fixture.explanation = Explanation{aluvia::rules::Route::direct, "no rule matches", 7};
  CHECK_FALSE(has(fixture.ask("GET", "/explain?url=x.example").body, "next"));
}

TEST_CASE("A site is read as the proxy reads the request for it") {
  for (const std::string_view wrong : {"http:/example.com/",
                                       "https:/example.com/",
                                       "http:",
                                       "example.com:",
                                       "example.com:/x",
                                       "http:example.com",
                                       "http:///x",
                                       "https:///x",
                                       "http://",
                                       "://x.example",
                                       "http://x.example/a b",
                                       "http://x.example:0/",
                                       "http://x.example:65536/",
                                       "http://user@x.example/",
                                       "https://user@x.example/",
                                       "ftp://x.example/",
                                       "http://1.2.3.999/",
                                       "http://a..b/",
                                       "mailto:x@x.example",
                                       "//x.example/"}) {
    CAPTURE(wrong);
    CHECK_FALSE(read_site(wrong));
  }
  CHECK(read_site("http://x.example:/")->text() == "x.example:80");
  CHECK(read_site("http://x.example/a?u=http://y.example#z")->host == "x.example");
  CHECK(read_site("x.example/a?u=http://y.example")->text() == "x.example:443");
  CHECK(read_site("https://x.example?a:b")->text() == "x.example:443");
  CHECK(read_site("http://0x7f.1/")->host == "127.0.0.1");
}

TEST_CASE("A scheme decides the port that a URL leaves out") {
  CHECK(read_site("http://x.example")->port == 80);
  CHECK(read_site("WS://x.example/chat")->port == 80);
  CHECK(read_site("wss://x.example:81/")->port == 81);
  CHECK(read_site(" x.example ")->text() == "x.example:443");
  CHECK(read_site("[::1]:8080")->host == "::1");
  CHECK(read_site("https://bücher.example:8443/x")->text() == "xn--bcher-kva.example:8443");
  CHECK(read_site("BÜCHER.example")->text() == "xn--bcher-kva.example:443");
  CHECK_FALSE(read_site("b\xC3.example"));
  CHECK_FALSE(read_site("http://user@x.example/"));
}

TEST_CASE("A block report names the site by a URL or a host, and what the client saw") {
  Fixture fixture;
  fixture.explanation = Explanation{aluvia::rules::Route::direct, "no rule matches", 7};
  const Answer json = fixture.ask(
      "POST", "/blocked", R"({"url":"https://Shop.example/cart?token=x","status":403,"reason":"challenge"})");
  CHECK(json.status == 200);
  CHECK(json.body ==
        "{\"host\":\"shop.example\",\"port\":443,\"route\":\"direct\",\"rule\":\"no rule matches\","
        "\"configuration\":7,\"reports\":1,\"effect\":\"none\"}\n");
  REQUIRE(fixture.reports.size() == 1);
  CHECK(fixture.reports[0].status == 403);
  CHECK(fixture.reports[0].reason == "challenge");

  CHECK(fixture.ask("POST", "/blocked", R"({"host":"shop.example"})").status == 200);
  CHECK_FALSE(fixture.reports.at(1).status);
  CHECK(fixture.reports.at(1).reason.empty());
}

TEST_CASE("The text about a block report says what may help, by the route") {
  Fixture fixture;
  fixture.explanation = Explanation{aluvia::rules::Route::direct, "no rule matches", 7};
  const auto text = [&] {
    return std::string(fixture.ask("POST", "/blocked", R"({"host":"shop.example"})", Format::text).body);
  };
  CHECK(text() ==
        "Reported that shop.example:443 blocked a request. Its route is direct (no rule matches); "
        "aluvia-connect "
        "rules add shop.example sends it through the gateway.\n");
  fixture.explanation = Explanation{aluvia::rules::Route::gateway, "rule shop.example", 7};
  CHECK(text() ==
        "Reported that shop.example:443 blocked a request. Its route is gateway (rule shop.example); "
        "aluvia-connect "
        "rotate gives another exit address.\n");
}

TEST_CASE("A block report without a site, or with a value of another kind, is rejected and not counted") {
  Fixture fixture;
  const char* const body =
      GENERATE("", "{}", "[]", "null", R"({"url":1})", R"({"host":"a.example","url":"https://a.example/"})",
               R"({"host":"a.example","status":"403"})", R"({"host":"a.example","status":99})",
               R"({"host":"a.example","status":600})", R"({"host":"a.example","status":4.5})",
               R"({"host":"a.example","reason":7})", R"({"host":"a b"})", R"({"url":"https://"})");
  CHECK(fixture.ask("POST", "/blocked", body).status == 400);
  CHECK(fixture.reports.empty());
  CHECK(fixture.ask("GET", "/blocked").allow == "POST");
}

TEST_CASE("A long reason of a block report is cut") {
  Fixture fixture;
  CHECK(fixture.ask("POST", "/blocked", R"({"host":"a.example","reason":")" + std::string(5000, 'x') + "\"}")
            .status == 200);
  CHECK(fixture.reports.at(0).reason.size() == 200);
}

TEST_CASE("Usage is answered in the form of the request, by the functions of the page") {
  Fixture fixture;
  CHECK(has(fixture.ask("GET", "/usage?by=route").body.view(), "\"by\":\"route\""));
  CHECK(has(fixture.ask("GET", "/usage", {}, Format::text).body.view(), "traffic since "));
  CHECK(fixture.ask("GET", "/usage?by=x").status == 400);
  CHECK(fixture.ask("POST", "/usage").status == 405);
}

TEST_CASE("The effect of a report is a part of its answer") {
  Fixture fixture;
  fixture.explanation = Explanation{aluvia::rules::Route::direct, "no rule matches", 7};
  const auto answer_in = [&](Format format) {
    return std::string(fixture.ask("POST", "/blocked", R"({"host":"shop.example"})", format).body.view());
  };
  CHECK_THAT(answer_in(Format::json),
             Catch::Contains(R"("effect":"none")") && !Catch::Contains("effect_reason"));
  fixture.effect = {"none", "the rule -shop.example excludes it"};
  CHECK_THAT(answer_in(Format::json),
             Catch::Contains(R"("effect":"none","effect_reason":"the rule -shop.example excludes it")"));
  CHECK_THAT(answer_in(Format::text),
             Catch::Contains("AUTO learns nothing from it: the rule -shop.example excludes it.\n"));
  fixture.effect = {"suggested", "a rule sends it through the gateway"};
  CHECK_THAT(answer_in(Format::text),
             Catch::Contains("AUTO suggests it: a rule sends it through the gateway.\n"));
  fixture.effect = {"learned", "it takes the gateway from now on"};
  CHECK(answer_in(Format::text) ==
        "Reported that shop.example:443 blocked a request. Its route was direct (no rule matches); AUTO "
        "learned "
        "it: it takes the gateway from now on.\n");
}

TEST_CASE("Learned hosts are forgotten by their canonical names, or all at once") {
  Fixture fixture;
  CHECK(fixture.ask("POST", "/forget", R"({"hosts":["Shop.Example.","news.example"]})").body.view() ==
        "{\"forgotten\":2}\n");
  CHECK(fixture.ask("POST", "/forget", R"({"all":true})", Format::text).body.view() ==
        "Forgot 0 hosts. In force now.\n");
  CHECK(fixture.forgotten == std::vector<Texts>{{"shop.example", "news.example"}, {}});
  CHECK(fixture.ask("POST", "/forget", R"({"hosts":["unknown.example"]})").status == 400);
  const auto* const bad = GENERATE("", "{}", R"({"all":false})", R"({"hosts":[]})", R"({"hosts":"a"})",
                                   R"({"hosts":[7]})", R"({"all":true,"hosts":["a"]})");
  CHECK(fixture.ask("POST", "/forget", bad).status == 400);
  CHECK(fixture.ask("GET", "/forget").allow == "POST");
}
