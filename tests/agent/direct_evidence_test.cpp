// Tests which finished requests are evidence that a site blocks direct ones.
#include "agent/direct_evidence.hpp"

#include <catch2/catch.hpp>

using aluvia::agent::evidence_of;
using aluvia::agent::has_answer;
using aluvia::learn::EvidenceKind;
using aluvia::rules::Route;
using aluvia::telemetry::RequestRecord;
using Outcome = RequestRecord::Outcome;
using namespace std::chrono_literals;

namespace {

RequestRecord direct(Outcome outcome) {
  RequestRecord out;
  out.host = "shop.test";
  out.route = Route::direct;
  out.outcome = outcome;
  return out;
}

RequestRecord tunnel(std::uint64_t up, std::uint64_t down, RequestRecord::Time duration) {
  RequestRecord out = direct(Outcome::completed);
  out.is_tunnel = true;
  out.bytes_up = up;
  out.bytes_down = down;
  out.duration = duration;
  return out;
}

}  // namespace

TEST_CASE("a tunnel that the site resets behind the ClientHello is evidence") {
  RequestRecord record = tunnel(517, 0, 30ms);
  CHECK_FALSE(evidence_of(record));  // the client ended it
  record.is_cut_by_upstream = true;
  CHECK(evidence_of(record) == EvidenceKind::reset);

  SECTION("by the gateway: not") {
    record.route = Route::gateway;
  }
  SECTION("before the client has sent anything: not") {
    record.bytes_up = 0;
  }
  SECTION("after an answer: not") {
    record.bytes_down = 1;
  }
  SECTION("much later: not") {
    record.duration = 11s;
  }
  SECTION("blocked by the policy: not") {
    record.route.reset();
  }
  CHECK_FALSE(evidence_of(record));
}

TEST_CASE("a direct connection that is refused or has no answer is evidence, other failures are not") {
  RequestRecord record = direct(Outcome::failed);
  record.error = "connection_refused";
  CHECK(evidence_of(record) == EvidenceKind::refusal);
  record.error = "connection_timeout";
  CHECK(evidence_of(record) == EvidenceKind::silence);
  record.error = "http_response_timeout";
  CHECK(evidence_of(record) == EvidenceKind::silence);
  for (const char* const other :
       {"dns_error", "dns_timeout", "destination_ip_unroutable", "http_request_denied",
        "connection_limit_reached", "proxy_internal_error"}) {
    record.error = other;
    CHECK_FALSE(evidence_of(record));
  }
}

TEST_CASE("ten seconds without a byte are silence if the client has asked") {
  CHECK(evidence_of(tunnel(517, 0, 10s)) == EvidenceKind::silence);
  CHECK_FALSE(evidence_of(tunnel(517, 0, 9s)));
  CHECK_FALSE(evidence_of(tunnel(0, 0, 60s)));
  CHECK_FALSE(evidence_of(tunnel(517, 1, 60s)));

  RequestRecord left = direct(Outcome::aborted);
  left.duration = 10s;
  CHECK_FALSE(evidence_of(left));  // the name server may have been the cause
  left.dns = 1ms;
  CHECK(evidence_of(left) == EvidenceKind::silence);
}

TEST_CASE("bytes of an upstream are an answer, an error of the proxy is none") {
  CHECK(has_answer(tunnel(1, 1, 1s)));
  CHECK_FALSE(has_answer(tunnel(1, 0, 1s)));
  RequestRecord failed = direct(Outcome::failed);
  failed.bytes_down = 100;
  CHECK_FALSE(has_answer(failed));
}
