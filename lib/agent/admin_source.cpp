#include "agent/admin_source.hpp"

#include <utility>

#include <unistd.h>

namespace aluvia::agent {
namespace {

admin::ApiFacts api_facts(config::ControlStatus status) {
  admin::ApiFacts out;
  out.fetched_at = status.fetched_at;
  out.confirmed_at = status.confirmed_at;
  out.last_poll_at = status.last_poll_at;
  out.next_poll_at = status.next_poll_at;
  out.failures_in_row = status.failures_in_row;
  out.trouble = config::to_text(status.trouble);
  out.http_status = status.http_status;
  out.usable = status.ready();
  out.reason = std::move(status.reason);
  out.claim_url = std::move(status.claim_url);
  out.from_cache = status.from_cache;
  out.cached_at = status.cached_at;
  return out;
}

admin::StatusSnapshot facts_of(const proxy::ProxyServer& server, const control::ConfigManager& manager) {
  admin::StatusSnapshot out;
  out.now = std::chrono::system_clock::now();
  out.pid = ::getpid();
  out.snapshot = server.snapshot();
  out.api = api_facts(manager.status());
  const proxy::GatewayHealth gateway = server.gateway_health();
  out.gateway.ok = gateway.ok;
  if (!gateway.ok) {
    out.gateway.reason = gateway.reason;
    out.gateway.failing_for =
        std::chrono::duration_cast<std::chrono::milliseconds>(loop::Clock::now() - gateway.failing_since);
  }
  out.traffic = server.traffic();
  out.open_connections = server.open_connections();
  out.open_tunnels = server.open_tunnels();
  out.stopping = server.stopping();
  return out;
}

admin::Explanation explanation_of(proxy::SiteOutlook outlook) {
  const proxy::Decision& decision = outlook.decision;
  admin::Explanation out{decision.route, std::string(decision.why), decision.version()};
  if (!outlook.failure) return out;
  if (proxy::is_rejection(outlook.failure->kind)) {
    const proxy::ProxyErrorRow& row = proxy::row_of(outlook.failure->kind);
    out.rejection.emplace(
        admin::Rejection{row.status, std::move(outlook.failure->details), std::string(row.advice)});
  } else {
    out.trouble = std::move(outlook.failure->details);
  }
  return out;
}

}  // namespace

admin::Source admin_source(proxy::ProxyServer& server, const control::ConfigManager& manager,
                           std::string url) {
  admin::Source out;
  out.facts = [&, url = std::move(url), started_at = std::chrono::system_clock::now()] {
    admin::StatusSnapshot facts = facts_of(server, manager);
    facts.url = url;
    facts.started_at = started_at;
    return facts;
  };
  out.tunnels = [&](std::size_t most) { return server.tunnels(most); };
  out.explain = [&](const http::Authority& authority, std::function<void(admin::Explanation)> done) {
    server.foresee(authority, [done = std::move(done)](proxy::SiteOutlook outlook) {
      done(explanation_of(std::move(outlook)));
    });
  };
  return out;
}

}  // namespace aluvia::agent
