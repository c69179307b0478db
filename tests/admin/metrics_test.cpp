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
using aluvia::telemetry::RequestRecord;

namespace {

const std::string prefix = "aluvia_connect_";

struct Exposition {
  std::map<std::string, std::string> types;     // by family
  std::map<std::string, std::string> helps;     // by family
  std::map<std::string, std::string> samples;   // by name and labels, without the prefix
  std::map<std::string, std::size_t> families;  // lines of samples of each
};

std::string without_prefix(const std::string& name) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

// A histogram's samples have one of three endings after the name of the family.
std::string family_of(const std::string& sample, const std::string& type) {
  if (type != "histogram") return sample;
  static const std::regex ending("_(bucket|sum|count)$");
  return std::regex_replace(sample, ending, "");
}

// Adds one line. Fails the test if the line is not what the format allows at its place.
void read_line(const std::string& line, Exposition& out, std::string& family) {
  static const std::regex help("# HELP ((?:aluvia_connect|process)_[a-z][a-z0-9_]*) ([^\\\\]+)");
  static const std::regex type(
      "# TYPE ((?:aluvia_connect|process)_[a-z][a-z0-9_]*) (counter|gauge|histogram)");
  static const std::regex sample(
      R"re(([a-z][a-z0-9_]*)(\{[a-z][a-z0-9_]*="[^"\\]*"(?:,[a-z][a-z0-9_]*="[^"\\]*")*\})? ([0-9.e+-]+))re");
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
    CHECK(family_of(found[1], out.types[family]) == family);
    const std::string name = without_prefix(found[1]) + found[2].str();
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
  out.gateway.warm = 122;
  out.traffic.gateway = {123, 124, 125, 126};
  out.polls = {127, 128, 129, {}};
  auto made = std::make_shared<aluvia::config::UserNetworkConfig>();
  made->version = 7;
  made->rules = aluvia::rules::RuleSet::compile(std::vector<std::string>{"a.test", "b.test", "c.test"}, {},
                                                made->warnings);
  out.learning = {aluvia::learn::Mode::learn, 5, 6};
  made->policy = std::make_shared<aluvia::policy::Policy>(
      aluvia::policy::PolicyTexts{{"a.test", "b.test"}, {"*", "c.test", "d.test", "e.test"}});
  out.snapshot = std::move(made);
  next = 141;
  for (std::uint64_t& ended : out.traffic.tunnels_ended) ended = next++;
  return out;
}

// Every value differs from those of distinct().
ProcessUsage usage() {
  return {.cpu_seconds = 131.5,
          .resident_bytes = 132,
          .virtual_bytes = 133,
          .open_fds = 134,
          .max_fds = 135,
          .start_time = 136.5};
}

// The samples of metrics of finished requests have a test of their own.
bool is_of_requests(const std::string& sample) {
  static const std::regex names(
      "(dns|connect|gateway_answer|first_byte|request_duration|tunnel_lifetime|api_poll)_seconds_.*|"
      "(responses|errors|retries|upstream_requests|actions)_total.*");
  return std::regex_match(sample, names);
}

RequestRecord request(Route route, std::chrono::milliseconds duration) {
  RequestRecord out;
  out.route = route;
  out.status = 200;
  out.tries = 1;
  out.duration = duration;
  return out;
}

}  // namespace

TEST_CASE("A host has series of its routes, escaped, and none without the list") {
  aluvia::ledger::UsageRow plain{"shop.example", {}, {}};
  plain.routes[static_cast<std::size_t>(Route::gateway)] = {
      .requests = 2, .tunnels = 3, .failures = 1, .bytes_up = 10, .bytes_down = 20};
  aluvia::ledger::UsageRow hostile{"a\"b\\c\nd", {}, {}};
  hostile.routes[static_cast<std::size_t>(Route::direct)].bytes_down = 7;
  const std::string text = metrics(status(), {}, std::vector{plain, hostile});
  const auto has = [&](const std::string& line) { return text.find(line + "\n") != text.npos; };
  CHECK(has(R"(aluvia_connect_host_requests_total{host="shop.example",route="gateway"} 5)"));
  CHECK(has(R"(aluvia_connect_host_failures_total{host="shop.example",route="gateway"} 1)"));
  CHECK(has(R"(aluvia_connect_host_sent_bytes_total{host="shop.example",route="gateway"} 10)"));
  CHECK(has(R"(aluvia_connect_host_received_bytes_total{host="shop.example",route="gateway"} 20)"));
  CHECK(has(R"(aluvia_connect_host_received_bytes_total{host="a\"b\\c\nd",route="direct"} 7)"));
  CHECK(text.find(R"(host="shop.example",route="direct")") == text.npos);
  CHECK(metrics(status()).find("host=") == std::string::npos);
}

TEST_CASE("Metrics follow the text format: HELP and TYPE once, then the samples of that name") {
  StatusSnapshot without = status();
  without.snapshot.reset();
  without.api.confirmed_at.reset();
  for (const StatusSnapshot& what : {status(), distinct(), without}) {
    const Exposition read_back = read(metrics(what, usage()));
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
  for (const auto& [family, help] : read(metrics(distinct(), usage())).helps) {
    CAPTURE(family);
    CHECK_FALSE(std::regex_search(family, std::regex("_(ms|milliseconds|minutes|kb|mb|percent)(_|$)")));
    if (family.find("_seconds") != std::string::npos) of_seconds.insert(without_prefix(family));
    if (family.find("_bytes") != std::string::npos) of_bytes.insert(without_prefix(family));
  }
  CHECK(of_seconds ==
        std::set<std::string>{"api_poll_seconds", "configuration_confirmed_age_seconds", "connect_seconds",
                              "dns_seconds", "first_byte_seconds", "gateway_answer_seconds",
                              "last_successful_poll_timestamp_seconds", "process_cpu_seconds_total",
                              "process_start_time_seconds", "request_duration_seconds", "start_time_seconds",
                              "tunnel_lifetime_seconds"});
  CHECK(of_bytes == std::set<std::string>{"process_resident_memory_bytes", "process_virtual_memory_bytes",
                                          "received_bytes_total", "sent_bytes_total"});
}

TEST_CASE("Every metric shows its own value") {
  auto samples = read(metrics(distinct(), usage())).samples;
  for (const std::string name : {"info", "build_info"}) {
    const auto version = samples.lower_bound(name + "{version=\"");
    CHECK(version->second == "1");
    samples.erase(version);
  }
  std::erase_if(samples, [](const auto& sample) { return is_of_requests(sample.first); });
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
                                                      {"last_successful_poll_timestamp_seconds", "999998"},
                                                      {"rules", "3"},
                                                      {"policy_block_patterns", "2"},
                                                      {"policy_only_patterns", "4"},
                                                      {"auto_learned_hosts", "5"},
                                                      {"auto_suggested_hosts", "6"},
                                                      {"warm_connections", "122"},
                                                      {"warm_requests_total{result=\"hit\"}", "123"},
                                                      {"warm_requests_total{result=\"miss\"}", "124"},
                                                      {"circuit_changes_total{to=\"open\"}", "125"},
                                                      {"circuit_changes_total{to=\"closed\"}", "126"},
                                                      {"polls_total{result=\"changed\"}", "127"},
                                                      {"polls_total{result=\"unchanged\"}", "128"},
                                                      {"polls_total{result=\"failed\"}", "129"},
                                                      {"tunnels_ended_total{reason=\"closed\"}", "141"},
                                                      {"tunnels_ended_total{reason=\"reset\"}", "142"},
                                                      {"tunnels_ended_total{reason=\"idle\"}", "143"},
                                                      {"tunnels_ended_total{reason=\"reconfigured\"}", "144"},
                                                      {"tunnels_ended_total{reason=\"cut\"}", "145"},
                                                      {"tunnels_ended_total{reason=\"stopped\"}", "146"},
                                                      {"tunnels_ended_total{reason=\"budget\"}", "147"},
                                                      {"process_cpu_seconds_total", "131.5"},
                                                      {"process_resident_memory_bytes", "132"},
                                                      {"process_virtual_memory_bytes", "133"},
                                                      {"process_open_fds", "134"},
                                                      {"process_max_fds", "135"},
                                                      {"process_start_time_seconds", "136.5"},
                                                      {"start_time_seconds", "999910"}});
}

TEST_CASE("Histograms have cumulated buckets in rising order, the last without a bound, a sum and a count") {
  StatusSnapshot what = status();
  for (const int ms : {1, 3, 4, 60'000})
    what.requests.observe(request(Route::direct, std::chrono::milliseconds(ms)));
  const std::string text = metrics(what);
  const std::string name = "aluvia_connect_request_duration_seconds";
  std::string expected;
  double bound = 0.001;
  for (const int count : {1, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3}) {
    expected += fmt::format("{}_bucket{{route=\"direct\",le=\"{}\"}} {}\n", name, bound, count);
    bound *= 2;
  }
  expected += name + "_bucket{route=\"direct\",le=\"+Inf\"} 4\n";
  expected += name + "_sum{route=\"direct\"} 60.008\n" + name + "_count{route=\"direct\"} 4\n";
  CHECK(has(text, expected));
  CHECK(has(text, name + "_count{route=\"gateway\"} 0\n"));
}

TEST_CASE("Each histogram shows its own values") {
  StatusSnapshot what = status();
  for (const Route route : {Route::gateway, Route::direct}) {
    const auto ms = std::chrono::milliseconds(route == Route::gateway ? 0 : 100);
    RequestRecord record = request(route, ms + std::chrono::milliseconds(1));
    record.dns = ms + std::chrono::milliseconds(2);
    record.connect = ms + std::chrono::milliseconds(3);
    if (route == Route::gateway) record.gateway = ms + std::chrono::milliseconds(4);
    record.first_byte = ms + std::chrono::milliseconds(5);
    what.requests.observe(record);
    record = request(route, ms + std::chrono::milliseconds(6));
    record.is_tunnel = true;
    what.requests.observe(record);
  }
  what.polls.duration.observe(std::chrono::milliseconds(7));
  std::map<std::string, std::string> sums;
  for (const auto& [name, value] : read(metrics(what)).samples) {
    if (name.find("_seconds_sum") != std::string::npos) sums.emplace(name, value);
  }
  CHECK(sums ==
        std::map<std::string, std::string>{{"request_duration_seconds_sum{route=\"gateway\"}", "0.001"},
                                           {"dns_seconds_sum{route=\"gateway\"}", "0.002"},
                                           {"connect_seconds_sum{route=\"gateway\"}", "0.003"},
                                           {"gateway_answer_seconds_sum", "0.004"},
                                           {"api_poll_seconds_sum", "0.007"},
                                           {"first_byte_seconds_sum{route=\"gateway\"}", "0.005"},
                                           {"tunnel_lifetime_seconds_sum{route=\"gateway\"}", "0.006"},
                                           {"request_duration_seconds_sum{route=\"direct\"}", "0.101"},
                                           {"dns_seconds_sum{route=\"direct\"}", "0.102"},
                                           {"connect_seconds_sum{route=\"direct\"}", "0.103"},
                                           {"first_byte_seconds_sum{route=\"direct\"}", "0.105"},
                                           {"tunnel_lifetime_seconds_sum{route=\"direct\"}", "0.106"}});
}

TEST_CASE("Responses, errors, retries and connections have their labels, and 0 before the first") {
  StatusSnapshot what = status();
  RequestRecord record = request(Route::gateway, std::chrono::milliseconds(1));
  record.tries = 4;
  what.requests.observe(record);
  record.is_reused = true;
  record.tries = 1;
  record.status = 504;
  record.error = "dns_timeout";
  for (int i = 0; i < 2; ++i) what.requests.observe(record);
  const auto samples = read(metrics(what)).samples;
  CHECK(samples.at("responses_total{class=\"2xx\"}") == "1");
  CHECK(samples.at("responses_total{class=\"5xx\"}") == "2");
  CHECK(samples.at("responses_total{class=\"1xx\"}") == "0");
  CHECK(samples.at("errors_total{error=\"dns_timeout\"}") == "2");
  CHECK(samples.at("errors_total{error=\"dns_error\"}") == "0");
  CHECK(samples.at("retries_total{route=\"gateway\"}") == "3");
  CHECK(samples.at("upstream_requests_total{route=\"gateway\",connection=\"new\"}") == "1");
  CHECK(samples.at("upstream_requests_total{route=\"gateway\",connection=\"reused\"}") == "2");
  CHECK(samples.at("upstream_requests_total{route=\"direct\",connection=\"reused\"}") == "0");
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
  CHECK(samples.at("rules") == "0");
  CHECK(samples.count("configuration_confirmed_age_seconds") == 0);
  CHECK(samples.count("last_successful_poll_timestamp_seconds") == 0);
}

TEST_CASE("Each budget has its limit, what is spent and what is left, and a label without its hosts") {
  StatusSnapshot status = distinct();
  status.budgets = {{"5GB/day", 151, 152, 153, 0, 0, true, false, ""},
                    {"secret.test=1GB/day", 154, 155, 156, 0, 0, false, false, ""}};
  auto samples = read(metrics(status, usage())).samples;
  CHECK(samples["budget_limit_bytes{budget=\"5GB/day\"}"] == "151");
  CHECK(samples["budget_spent_bytes{budget=\"5GB/day\"}"] == "152");
  CHECK(samples["budget_left_bytes{budget=\"5GB/day\"}"] == "153");
  CHECK(samples["budget_limit_bytes{budget=\"pattern 1, 1GB/day\"}"] == "154");
  CHECK(samples["budget_spent_bytes{budget=\"pattern 1, 1GB/day\"}"] == "155");
  CHECK(samples["budget_left_bytes{budget=\"pattern 1, 1GB/day\"}"] == "156");
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
