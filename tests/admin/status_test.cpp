// Tests of the status as JSON, as text and as metrics.
#include "admin/metrics.hpp"
#include "admin/status_json.hpp"
#include "admin/status_text.hpp"
#include "sample.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::admin;
using namespace aluvia::admin::test;
using aluvia::config::ApiError;

TEST_CASE("The status tells configuration, API, gateway and traffic, with ages in seconds") {
  const aluvia::SecretString json = status_json(status(), Audience::owner);
  CHECK(has(json, "\"ready\":true,\"reasons\":[],\"url\":\"http://127.0.0.1:54321\",\"pid\":4242"));
  CHECK(has(json, "\"uptime_s\":90.0"));
  CHECK(has(json,
            "\"configuration\":{\"version\":7,\"age_s\":60.0,\"confirmed_age_s\":2.0,\"from_cache\":false,"
            "\"rules\":1,\"local_rules\":0,\"has_session\":true,\"session_id\":\"session42\",\"target_geo\":"
            "\"us-ny\","
            "\"warnings\":[]}"));
  CHECK(has(json,
            "\"last_poll_age_s\":2.0,\"next_poll_in_s\":3.0,\"failures_in_row\":0,\"trouble\":\"none\"}"));
  CHECK(has(json, "\"bytes_down\":1500}"));
  CHECK_FALSE(has(json, "\"next\":"));
}

TEST_CASE("The owner sees the warnings about the rules, and other clients of the port do not") {
  StatusSnapshot what = status();
  what.snapshot = snapshot({"AUTO", "a b"});
  CHECK(has(status_json(what, Audience::owner), "\"warnings\":[\"rule \\\"a b\\\" is ignored"));
  CHECK(has(status_json(what, Audience::owner), "AUTO is among the rules"));
  CHECK(has(status_text(what, Audience::owner), "\nwarning         AUTO is among the rules"));
  CHECK_FALSE(has(status_json(what, Audience::anyone), "warning"));
  CHECK_FALSE(has(status_text(what, Audience::anyone), "warning"));
}

TEST_CASE("The owner gets the API's words, the link and the next step") {
  StatusSnapshot what = status();
  what.api.error = ApiError{ApiError::Kind::payment_required, "the balance is used up", 402,
                            "https://aluvia.example/claim"};
  const aluvia::SecretString json = status_json(what, Audience::owner);
  CHECK(has(json, "\"ready\":false,\"reasons\":[\"the balance is used up\"]"));
  CHECK(has(json, "\"http_status\":402"));
  CHECK(has(json, "\"next\":\"open https://aluvia.example/claim\""));
  CHECK(has(status_text(what, Audience::owner), "open https://aluvia.example/claim"));
}

TEST_CASE("The status line has readiness, traffic and the time of the last poll") {
  StatusSnapshot what = status();
  what.traffic.of(aluvia::rules::Route::direct).requests = 30;
  what.traffic.of(aluvia::rules::Route::direct).tunnels = 4;
  what.traffic.of(aluvia::rules::Route::gateway).tunnels = 5;
  CHECK(status_line(what) == "ready: 1 rule, 34 direct and 5 gateway requests, last poll at 13:46:38 UTC");

  what.api.failures_in_row = 2;
  what.api.error = ApiError{ApiError::Kind::api_error, "the API answered 503", 503};
  CHECK(has(status_line(what), "UTC failed: the API answered 503"));

  what.api.error = ApiError{ApiError::Kind::token_refused, "the API refuses the token", 401};
  CHECK(status_line(what).starts_with("not ready (the API refuses the token): 1 rule, "));
  CHECK_FALSE(has(status_line(what), "failed"));

  what.stopping = true;
  what.open_connections = 2;
  CHECK(status_line(what).starts_with("stopping: 1 rule, "));
  CHECK(has(status_line(what), "3 open connections"));
}

TEST_CASE("A clock that was set back makes no negative age") {
  StatusSnapshot what = status();
  what.api.last_poll_at = what.now + seconds(5);
  CHECK(has(status_json(what, Audience::owner), "\"last_poll_age_s\":0.0"));
}

TEST_CASE("Tunnels are listed with host, route, rule, ages, bytes and their total") {
  CHECK(tunnels_json(tunnels()) ==
        "{\"open\":3,\"tunnels\":[{\"host\":\"shop.example:443\",\"route\":\"gateway\",\"rule\":"
        "\"*.\\\"quoted\\\"\",\"configuration\":7,\"age_s\":61.5,\"idle_s\":0.25,\"bytes_up\":10,"
        "\"bytes_down\":2000000}]}\n");
  const std::string text = tunnels_text(tunnels());
  CHECK(text ==
        "host              route          age    up    down  rule\n"
        "shop.example:443  gateway  1 min 1 s  10 B  2.0 MB  *.\"quoted\"\n"
        "and 2 more\n");
  CHECK(tunnels_text({}) == "no tunnel is open\n");
}

TEST_CASE("Metrics have a type each, counters per route, and no host name") {
  const std::string text = metrics(status());
  CHECK(has(text, "# TYPE aluvia_connect_received_bytes_total counter\n"));
  CHECK(has(text, "\naluvia_connect_received_bytes_total{route=\"gateway\"} 1500\n"));
  CHECK(has(text, "\naluvia_connect_ready 1\n"));
  CHECK(has(text, "\naluvia_connect_configuration_version 7\n"));
  CHECK_FALSE(has(text, "example"));
  CHECK(text.back() == '\n');
}

TEST_CASE("Durations have at most two units") {
  CHECK(human_seconds(0.25) == "0.2 s");
  CHECK(human_seconds(59.9) == "59 s");
  CHECK(human_seconds(75) == "1 min 15 s");
  CHECK(human_seconds(3700) == "1 h 1 min");
  CHECK(human_seconds(90'000) == "1 d 1 h");
}
