#include "admin/traffic_json.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aluvia::admin {
namespace {

using ledger::Entry;
using rules::Route;

constexpr std::size_t most_hosts = 100;
constexpr std::size_t most_rules = 200;
constexpr std::size_t most_other_rules = 100;  // that have decided, and are not among those

struct HostTraffic {
  std::string_view host;
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;
  std::uint64_t open = 0;
  std::array<std::uint64_t, 2> bytes{};  // by route
  ledger::Seconds last_seen = 0;
  std::string_view last_error;
  ledger::ErrorCounts errors{};

  std::uint64_t all_bytes() const noexcept { return bytes[0] + bytes[1]; }
};

std::vector<HostTraffic> traffic_of_hosts(const ledger::Ledger& ledger) {
  std::unordered_map<std::string_view, HostTraffic> sums;
  for (const Entry* const entry : ledger.entries()) {
    HostTraffic& host = sums[entry->host()];
    host.host = entry->host();
    host.requests += entry->sums().requests + entry->sums().tunnels;
    host.failures += entry->sums().failures;
    host.open += entry->open();
    host.bytes[static_cast<std::size_t>(entry->route())] += entry->sums().bytes();
    if (!entry->last_error().empty()) host.last_error = entry->last_error();
    host.errors += entry->errors();
    host.last_seen = std::max(host.last_seen, entry->last_seen());
  }
  std::vector<HostTraffic> out;
  out.reserve(sums.size());
  for (const auto& [name, host] : sums) out.push_back(host);
  return out;
}

struct RuleTraffic {
  std::uint64_t hits = 0;
  std::uint64_t bytes = 0;
  Route route = Route::direct;
  bool is_listed = false;
};

using RuleSums = std::unordered_map<std::string_view, RuleTraffic>;

RuleSums traffic_of_rules(const ledger::Ledger& ledger) {
  RuleSums out;
  for (const Entry* const entry : ledger.entries()) {
    RuleTraffic& rule = out[entry->rule()];
    rule.hits += entry->sums().requests + entry->sums().tunnels + entry->open();
    rule.bytes += entry->sums().bytes();
    rule.route = entry->route();
  }
  return out;
}

void write_errors(JsonWriter& out, const ledger::ErrorCounts& errors) {
  if (errors.all().empty()) return;
  out.begin_object("errors");
  for (const ledger::ErrorCounts::Count& one : errors.all()) out.number(one.name(), one.count);
  out.end_object();
}

void write_rule(JsonWriter& out, std::string_view text, std::string_view owner, const RuleTraffic& traffic) {
  out.begin_object();
  out.text("rule", text);
  out.text("of", owner);
  if (traffic.hits > 0) out.text("route", rules::name(traffic.route));
  out.number("hits", traffic.hits);
  out.number("bytes", traffic.bytes);
  out.end_object();
}

std::size_t write_listed(JsonWriter& out, const std::vector<std::string>& texts, std::string_view owner,
                         std::size_t most, RuleSums& sums) {
  const std::size_t count = std::min(most, texts.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = sums.find(texts[i]);
    write_rule(out, texts[i], owner, found == sums.end() ? RuleTraffic{} : found->second);
    if (found != sums.end()) found->second.is_listed = true;
  }
  return count;
}

// A rule has a space only in front of its A-labels, which stand in parentheses; a phrase is of no list.
std::string_view owner_of(std::string_view text) {
  return text.find(' ') == text.npos || text.ends_with(')') ? "account" : "default";
}

void write_others(JsonWriter& out, const RuleSums& sums) {
  std::vector<std::pair<std::string_view, const RuleTraffic*>> others;
  for (const auto& [text, traffic] : sums) {
    if (!traffic.is_listed && text != ledger::other_name) others.emplace_back(text, &traffic);
  }
  const auto end = others.begin() + static_cast<std::ptrdiff_t>(std::min(most_other_rules, others.size()));
  std::partial_sort(others.begin(), end, others.end(), [](const auto& one, const auto& other) {
    return one.second->hits != other.second->hits ? one.second->hits > other.second->hits
                                                  : one.first < other.first;
  });
  for (auto other = others.begin(); other != end; ++other)
    write_rule(out, other->first, owner_of(other->first), *other->second);
}

}  // namespace

void write_hosts(JsonWriter& out, const ledger::Ledger& ledger) {
  std::vector<HostTraffic> hosts = traffic_of_hosts(ledger);
  const std::size_t count = std::min(most_hosts, hosts.size());
  std::partial_sort(hosts.begin(), hosts.begin() + static_cast<std::ptrdiff_t>(count), hosts.end(),
                    [](const HostTraffic& one, const HostTraffic& other) {
                      return one.all_bytes() != other.all_bytes() ? one.all_bytes() > other.all_bytes()
                                                                  : one.host < other.host;
                    });
  out.begin_object("hosts");
  out.number("hidden", hosts.size() - count);
  out.begin_list("list");
  for (std::size_t i = 0; i < count; ++i) {
    const HostTraffic& host = hosts[i];
    out.begin_object();
    out.text("host", host.host);
    out.number("requests", host.requests);
    out.number("failures", host.failures);
    out.number("open", host.open);
    out.number("gateway_bytes", host.bytes[static_cast<std::size_t>(Route::gateway)]);
    out.number("direct_bytes", host.bytes[static_cast<std::size_t>(Route::direct)]);
    out.number("last_seen", host.last_seen);
    out.text_if_any("last_error", host.last_error);
    write_errors(out, host.errors);
    out.end_object();
  }
  out.end_list();
  out.end_object();
}

void write_rules(JsonWriter& out, const config::UserNetworkConfig& config, const ledger::Ledger& ledger) {
  RuleSums sums = traffic_of_rules(ledger);
  out.begin_object("rules");
  out.begin_list("list");
  std::size_t count = write_listed(out, config.local_rules, "local", most_rules, sums);
  count += write_listed(out, config.rule_texts, "account", most_rules - count, sums);
  write_others(out, sums);
  out.end_list();
  out.number("hidden", config.local_rules.size() + config.rule_texts.size() - count);
  out.end_object();
}

void write_minutes(JsonWriter& out, ledger::Ledger& ledger, ledger::Seconds now) {
  const std::vector<ledger::Point> minutes = ledger.minutes(now);
  out.begin_object("minutes");
  for (const Route route : {Route::gateway, Route::direct}) {
    out.begin_list(rules::name(route));
    for (const ledger::Point& point : minutes) out.number({}, point.of(route).up + point.of(route).down);
    out.end_list();
  }
  out.end_object();
}

}  // namespace aluvia::admin
