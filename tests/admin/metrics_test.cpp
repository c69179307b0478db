// Tests of the metrics: the syntax of Prometheus' text format 0.0.4, and the value of every sample.
#include "admin/metrics.hpp"

#include "sample.hpp"

#include <charconv>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include <catch2/catch.hpp>

using namespace aluvia::admin;
using namespace aluvia::admin::test;
using aluvia::config::ApiError;
using aluvia::rules::Route;

namespace {

const std::string prefix = "aluvia_connect_";

struct Exposition {
  std::map<std::string, std::string> types;     // by family
  std::map<std::string, std::string> helps;     // by family
  std::map<std::string, std::string> samples;   // by name and labels, without the prefix
  std::map<std::string, std::size_t> families;  // lines of samples of each
};

// Adds one line. Fails the test if the line is not what the format allows at its place.
void read_line(const std::string& line, Exposition& out, std::string& family) {
  static const std::regex help("# HELP (aluvia_connect_[a-z][a-z0-9_]*) ([^\\\\]+)");
  static const std::regex type("# TYPE (aluvia_connect_[a-z][a-z0-9_]*) (counter|gauge)");
  static const std::regex sample(
      R"re((aluvia_connect_[a-z][a-z0-9_]*)(\{[a-z][a-z0-9_]*="[^"\\]*"(?:,[a-z][a-z0-9_]*="[^"\\]*")*\})? ([0-9.e+-]+))re");
  CAPTURE(line);
  std::smatch found;
  if (std::regex_match(line, found, help)) {
    family = found[1];
    CHECK(out.helps.emplace(family, found[2]).second);
  } else if (std::regex_match(line, found, type)) {
    CHECK(found[1] == family);
    CHECK(out.types.emplace(found[1], found[2]).second);
  } else {
    REQUIRE(std::regex_match(line, found, sample));
    CHECK(found[1] == family);
    CHECK(out.types.count(family) == 1);
    const std::string name = found[1].str().substr(prefix.size()) + found[2].str();
    CHECK(out.samples.emplace(name, found[3]).second);
    ++out.families[family];
  }
}

Exposition read(const std::string& text) {
  REQUIRE(text.ends_with('\n'));
  Exposition out;
  std::string family;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    read_line(text.substr(begin, end - begin), out, family);
    begin = end + 1;
  }
  return out;
}

// Every value differs, so that no sample can show that of another.
StatusSnapshot distinct() {
  StatusSnapshot out = status();
  std::uint64_t next = 101;
  for (const Route route : {Route::gateway, Route::direct}) {
    auto& traffic = out.traffic.of(route);
    for (std::uint64_t* value :
         {&traffic.requests, &traffic.tunnels, &traffic.failures, &traffic.bytes_up, &traffic.bytes_down}) {
      *value = next++;
    }
  }
  for (std::uint64_t* value :
       {&out.traffic.connections, &out.traffic.refused, &out.traffic.unauthorized, &out.traffic.turned_away,
        &out.traffic.tunnels_rerouted, &out.traffic.tunnels_renewed}) {
    *value = next++;
  }
  out.traffic.of(Route::gateway).block_reports = 120;
  out.traffic.of(Route::direct).block_reports = 121;
  out.open_connections = 117;
  out.open_tunnels = 118;
  out.api.failures_in_row = 119;
  return out;
}

}  // namespace

TEST_CASE("Metrics follow the text format: HELP and TYPE once, then the samples of that name") {
  StatusSnapshot without = status();
  without.snapshot.reset();
  without.api.confirmed_at.reset();
  for (const StatusSnapshot& what : {status(), distinct(), without}) {
    const Exposition read_back = read(metrics(what));
    CHECK(read_back.types.size() == read_back.helps.size());
    for (const auto& [family, type] : read_back.types) {
      CAPTURE(family);
      CHECK(read_back.families.count(family) == 1);
      CHECK(family.ends_with("_total") == (type == "counter"));
      CHECK(read_back.helps.at(family).ends_with('.'));
    }
  }
  CHECK(metrics_type == "text/plain; version=0.0.4; charset=utf-8");
}

TEST_CASE("Metrics name bytes and seconds by their base unit, and use no other unit") {
  std::set<std::string> of_seconds;
  std::set<std::string> of_bytes;
  for (const auto& [family, help] : read(metrics(distinct())).helps) {
    CAPTURE(family);
    CHECK_FALSE(std::regex_search(family, std::regex("_(ms|milliseconds|minutes|kb|mb|percent)(_|$)")));
    if (family.find("_seconds") != std::string::npos) of_seconds.insert(family.substr(prefix.size()));
    if (family.find("_bytes") != std::string::npos) of_bytes.insert(family.substr(prefix.size()));
  }
  CHECK(of_seconds == std::set<std::string>{"configuration_confirmed_age_seconds", "start_time_seconds"});
  CHECK(of_bytes == std::set<std::string>{"received_bytes_total", "sent_bytes_total"});
}

TEST_CASE("Every metric shows its own value") {
  auto samples = read(metrics(distinct())).samples;
  samples.erase(samples.lower_bound("info{"), samples.upper_bound("info~"));
  CHECK(samples == std::map<std::string, std::string>{{"requests_total{route=\"gateway\"}", "101"},
                                                      {"tunnels_total{route=\"gateway\"}", "102"},
                                                      {"failures_total{route=\"gateway\"}", "103"},
                                                      {"sent_bytes_total{route=\"gateway\"}", "104"},
                                                      {"received_bytes_total{route=\"gateway\"}", "105"},
                                                      {"requests_total{route=\"direct\"}", "106"},
                                                      {"tunnels_total{route=\"direct\"}", "107"},
                                                      {"failures_total{route=\"direct\"}", "108"},
                                                      {"sent_bytes_total{route=\"direct\"}", "109"},
                                                      {"received_bytes_total{route=\"direct\"}", "110"},
                                                      {"block_reports_total{route=\"gateway\"}", "120"},
                                                      {"block_reports_total{route=\"direct\"}", "121"},
                                                      {"connections_total", "111"},
                                                      {"refused_total", "112"},
                                                      {"unauthorized_total", "113"},
                                                      {"turned_away_total", "114"},
                                                      {"tunnels_rerouted_total", "115"},
                                                      {"tunnels_renewed_total", "116"},
                                                      {"open_connections", "117"},
                                                      {"open_tunnels", "118"},
                                                      {"api_failures_in_row", "119"},
                                                      {"ready", "1"},
                                                      {"gateway_ok", "1"},
                                                      {"configuration_version", "7"},
                                                      {"configuration_confirmed_age_seconds", "2"},
                                                      {"start_time_seconds", "999910"}});
}

TEST_CASE("Metrics show a proxy that is not ready, and no age of a configuration that there is not") {
  StatusSnapshot early = status();
  early.snapshot.reset();
  early.api.confirmed_at.reset();
  early.gateway.ok = false;
  const auto samples = read(metrics(early)).samples;
  CHECK(samples.at("ready") == "0");
  CHECK(samples.at("gateway_ok") == "0");
  CHECK(samples.at("configuration_version") == "0");
  CHECK(samples.count("configuration_confirmed_age_seconds") == 0);
}

TEST_CASE("Metrics hold no text of the account: no host, rule, geo, session or error") {
  StatusSnapshot what = status();
  what.snapshot = snapshot({"secret-rule.example"}, {"local-rule.example"}, "us-ny\"\\\n");
  what.api.error = ApiError{ApiError::Kind::api_error, "words of the API", 503};
  what.gateway.reason = "no response for private.example";
  const std::string text = metrics(what);
  read(text);
  for (const std::string_view hidden :
       {"example", "us-ny", "session42", "words", "127.0.0.1", "gate-user", "gate-secret"}) {
    CAPTURE(hidden);
    CHECK_FALSE(has(text, hidden));
  }
}
