// Sample values of a proxy's status, for tests without a proxy.
#pragma once

#include "admin/status_snapshot.hpp"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace aluvia::admin::test {

using std::chrono::seconds;

inline config::Snapshot snapshot(std::vector<std::string> rules = {"shop.example"},
                                 std::vector<std::string> local_rules = {}, std::string geo = "us-ny") {
  config::UserResponse user;
  user.proxy_username = Secret("gate-user");
  user.proxy_password = Secret("gate-secret");
  user.rules = std::move(rules);
  user.session_id = "session42";
  user.target_geo = std::move(geo);
  std::vector<std::string> warnings;
  return config::make_snapshot(user, {}, local_rules, "\"etag\"", 7, warnings);
}

/// A ready proxy: polled 2 s ago, with a configuration of 60 s ago.
inline StatusSnapshot status() {
  StatusSnapshot out;
  out.now = Time(seconds(1'000'000));
  out.started_at = out.now - seconds(90);
  out.url = "http://127.0.0.1:54321";
  out.pid = 4242;
  out.snapshot = snapshot();
  out.api.version = 7;
  out.api.fetched_at = out.now - seconds(60);
  out.api.confirmed_at = out.api.last_poll_at = out.now - seconds(2);
  out.api.next_poll_at = out.now + seconds(3);
  out.traffic.of(rules::Route::gateway).bytes_down = 1500;
  out.open_tunnels = 1;
  out.gateway.warm = 2;
  out.gateway.early_connect = "proven";
  out.gateway.known_hosts = 3;
  out.gateway.connect_time = std::chrono::microseconds(12'500);
  return out;
}

inline telemetry::TunnelViews tunnels() {
  telemetry::TunnelViews out;
  out.open = 3;
  out.tunnels.push_back({"shop.example:443", rules::Route::gateway, "*.\"quoted\"", 7,
                         std::chrono::milliseconds(61'500), std::chrono::milliseconds(250), 10, 2'000'000});
  return out;
}

inline StatusProvider source(StatusSnapshot what) {
  StatusProvider out;
  out.status = [what] { return what; };
  out.tunnels = [](std::size_t) { return tunnels(); };
  out.explain = [](const http::Authority& authority, const std::function<void(Explanation)>& done) {
    done({rules::Route::gateway, "*." + authority.host, 7});
  };
  out.live = [](std::uint64_t since, Audience, const std::function<void(SecretString)>& done) {
    done(SecretString(fmt::format("{{\"seq\":{}}}\n", since)));
  };
  out.usage = [](const ledger::UsageQuery& query, const std::function<void(UsageResult)>& done) {
    done(ledger::UsageTable(query.by).report(0, 0));
  };
  out.client_variables = [] {
    return std::vector<std::pair<std::string, std::string>>{{"CA_FILE", "/tmp/ca.pem"},
                                                            {"ARGUMENTS", "a=b c"}};
  };
  out.client_url = [] { return Secret("http://agent:sesame@127.0.0.1:54321"); };
  return out;
}

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace aluvia::admin::test
