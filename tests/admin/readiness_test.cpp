// Tests of readiness: each state of the proxy as the probes, the status, the metrics and the next step show
// it.
#include "admin/readiness.hpp"

#include "admin/control_api.hpp"
#include "admin/metrics.hpp"
#include "admin/self_endpoint.hpp"
#include "admin/status_json.hpp"
#include "sample.hpp"

#include <catch2/catch.hpp>

using namespace aluvia::admin;
using namespace aluvia::admin::test;
using aluvia::config::ApiError;
using Kind = ApiError::Kind;
using Texts = std::vector<std::string>;

namespace {

struct State {
  const char* name;
  void (*enter)(StatusSnapshot&);
  bool is_started;
  Texts reasons;        // empty: ready
  Texts owner_reasons;  // as the owner reads them
  std::string next;
  std::string owner_next;
};

void fail(StatusSnapshot& status, Kind kind, std::string message, std::string claim_url = {}) {
  status.api.failures_in_row = 1;
  status.api.error = ApiError{kind, std::move(message), {}, std::move(claim_url)};
}

const std::string refresh = "aluvia-connect refresh --port 54321";
const std::string new_token = "create a user API token in the dashboard and start the proxy again with it";

const std::vector<State> states{
    {"ready", [](StatusSnapshot&) {}, true, {}, {}, "", ""},
    {"no configuration yet",
     [](StatusSnapshot& s) { s.snapshot.reset(); },
     false,
     {"there is no configuration yet"},
     {"there is no configuration yet"},
     "aluvia-connect wait --port 54321",
     "aluvia-connect wait --port 54321"},
    {"stopping",
     [](StatusSnapshot& s) { s.stopping = true; },
     true,
     {"the proxy is stopping"},
     {"the proxy is stopping"},
     "",
     ""},
    {"API unreachable",
     [](StatusSnapshot& s) { fail(s, Kind::unreachable, "connection refused"); },
     true,
     {},
     {},
     refresh,
     refresh},
    {"API answers 500",
     [](StatusSnapshot& s) { fail(s, Kind::api_error, "status 500"); },
     true,
     {},
     {},
     refresh,
     refresh},
    {"rate limited",
     [](StatusSnapshot& s) { fail(s, Kind::rate_limited, "slow down"); },
     true,
     {},
     {},
     "",
     ""},
    {"token refused",
     [](StatusSnapshot& s) { fail(s, Kind::token_refused, "no such token"); },
     true,
     {"the API refuses the token"},
     {"no such token"},
     new_token,
     new_token},
    {"payment required",
     [](StatusSnapshot& s) { fail(s, Kind::payment_required, "used up", "https://pay.example/1"); },
     true,
     {"the API asks for a payment"},
     {"used up"},
     "look at the account's balance in the dashboard",
     "open https://pay.example/1"},
    {"gateway down",
     [](StatusSnapshot& s) {
       s.gateway.ok = false;
       s.gateway.reason = "no response for private.example";
     },
     true,
     {"the gateway cannot be used"},
     {"the gateway cannot be used: no response for private.example"},
     "",
     ""},
    {"gateway down, and no rule needs it",
     [](StatusSnapshot& s) {
       s.gateway.ok = false;
       s.snapshot = snapshot({});
     },
     true,
     {},
     {},
     "",
     ""},
    {"stopping without configuration and gateway",
     [](StatusSnapshot& s) {
       s.stopping = true;
       s.gateway.ok = false;
       s.snapshot.reset();
       fail(s, Kind::token_refused, "no such token");
     },
     false,
     {"the proxy is stopping", "there is no configuration yet", "the API refuses the token"},
     {"the proxy is stopping", "there is no configuration yet", "no such token"},
     new_token,
     new_token},
};

StatusSnapshot snapshot_in(const State& state) {
  StatusSnapshot out = status();
  state.enter(out);
  return out;
}

std::string expected_line(const Texts& reasons) {
  return (reasons.empty() ? "ready" : reasons.front()) + "\n";
}

}  // namespace

TEST_CASE("Each state has its reasons and its next step, for every client and for the owner") {
  for (const State& state : states) {
    CAPTURE(state.name);
    const StatusSnapshot what = snapshot_in(state);
    CHECK(reasons_not_ready(what, Audience::anyone) == state.reasons);
    CHECK(reasons_not_ready(what, Audience::owner) == state.owner_reasons);
    CHECK(next_step(what, Audience::anyone) == state.next);
    CHECK(next_step(what, Audience::owner) == state.owner_next);
  }
}

TEST_CASE("The probes answer 200 or 503, by the state alone") {
  for (const State& state : states) {
    CAPTURE(state.name);
    const StatusProvider provider = source(snapshot_in(state));
    const Answer live = answer_probe({provider, "/livez", Audience::anyone});
    CHECK(live.status == 200);
    CHECK(live.type == plain_text);
    const Answer ready = answer_probe({provider, "/readyz", Audience::anyone});
    CHECK(ready.status == (state.reasons.empty() ? 200 : 503));
    CHECK(ready.type == plain_text);
    CHECK(ready.body == expected_line(state.reasons));
    CHECK(answer_probe({provider, "/readyz", Audience::owner}).body == expected_line(state.owner_reasons));
    const Answer started = answer_probe({provider, "/startupz", Audience::anyone});
    CHECK(started.status == (state.is_started ? 200 : 503));
    CHECK(started.body == (state.is_started ? "started\n" : "there is no configuration yet\n"));
  }
}

TEST_CASE("Status and metrics agree with the probe") {
  for (const State& state : states) {
    CAPTURE(state.name);
    const StatusSnapshot what = snapshot_in(state);
    const bool ready = state.reasons.empty();
    CHECK(has(status_json(what, Audience::anyone),
              ready ? "{\"ready\":true,\"reasons\":[]," : "{\"ready\":false,\"reasons\":[\""));
    CHECK(has(metrics(what), ready ? "\naluvia_connect_ready 1\n" : "\naluvia_connect_ready 0\n"));
    CHECK(has(status_json(what, Audience::anyone), "\"next\":") == !state.next.empty());
  }
}
