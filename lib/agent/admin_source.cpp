#include "agent/admin_source.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace aluvia::agent {
namespace {

admin::StatusSnapshot status_of(proxy::ProxyServer& server, const control::ConfigManager& manager) {
  admin::StatusSnapshot out;
  out.now = std::chrono::system_clock::now();
  out.pid = ::getpid();
  out.snapshot = server.snapshot();
  out.api = manager.status();
  out.polls = manager.polls();
  const proxy::GatewayHealth gateway = server.gateway_health();
  out.gateway.ok = gateway.ok;
  if (!gateway.ok) {
    out.gateway.reason = gateway.reason;
    out.gateway.failing_for =
        std::chrono::duration_cast<std::chrono::milliseconds>(loop::Clock::now() - gateway.failing_since);
  }
  out.gateway.warm = server.warm_connections();
  const proxy::EarlyConnectState early = server.early_connect();
  out.gateway.early_connect = proxy::name_of(early);
  out.gateway.known_hosts = early.known_hosts;
  out.traffic = server.traffic();
  out.open_connections = server.open_connections();
  out.open_tunnels = server.open_tunnels();
  out.stopping = server.stopping();
  out.budgets = server.budgets();
  return out;
}

admin::Explanation explanation_of(proxy::SiteOutlook outlook) {
  const proxy::Decision& decision = outlook.decision;
  admin::Explanation out{decision.route, std::string(decision.why), decision.version()};
  out.action = decision.action;
  if (!outlook.failure) return out;
  if (outlook.failure->kind == proxy::ProxyErrorKind::blocked) out.action = policy::Action::block;
  if (proxy::is_rejection(outlook.failure->kind)) {
    const proxy::ProxyErrorRow& row = proxy::row_of(outlook.failure->kind);
    out.rejection.emplace(
        admin::Rejection{row.status, std::move(outlook.failure->details), std::string(row.advice)});
  } else {
    out.trouble = std::move(outlook.failure->details);
  }
  return out;
}

std::optional<admin::FailedRequest> last_failure_of(const std::string& host,
                                                    const telemetry::RequestRing& recent) {
  const telemetry::RequestRecord* const failed = recent.last_failure(host);
  if (!failed) return std::nullopt;
  return admin::FailedRequest{failed->id, failed->begin, std::string(failed->error),
                              std::string(failed->reason)};
}

// Called on the poll thread before another poll begins, so the status describes this poll. After a 429 the
// command may be repeated when the proxy polls again.
std::optional<config::ApiError> poll_error(const config::ControlStatus& status) {
  auto error = status.error;
  if (error) error->retry_after.reset();
  if (error && error->kind == config::ApiError::Kind::rate_limited && status.next_poll_at) {
    const auto wait = *status.next_poll_at - std::chrono::system_clock::now();
    error->retry_after = std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1));
  }
  return error;
}

}  // namespace

admin::StatusProvider status_provider(proxy::ProxyServer& server, const control::ConfigManager& manager,
                                      const telemetry::RequestRing& recent, const AutoService* learning,
                                      std::string url) {
  admin::StatusProvider out;
  out.status = [&, learning, url = std::move(url), started_at = std::chrono::system_clock::now()] {
    admin::StatusSnapshot status = status_of(server, manager);
    if (learning) status.learning = learning->status();
    status.url = url;
    status.started_at = started_at;
    return status;
  };
  out.audited = [&] {
    std::vector<std::string> patterns;
    for (const auto& host : server.audited()) patterns.push_back(proxy::allowing_pattern(host));
    return patterns;
  };
  out.tunnels = [&](std::size_t most) { return server.tunnels(most); };
  if (learning) out.learned = [learning] { return learning->hosts(); };
  out.explain = [&, learning](const http::Authority& authority,
                              std::function<void(admin::Explanation)> done) {
    server.foresee(authority, [&recent, &server, learning, authority,
                               done = std::move(done)](proxy::SiteOutlook outlook) {
      admin::Explanation explanation = explanation_of(std::move(outlook));
      if (const auto* const known = learning ? learning->find(authority.host) : nullptr)
        explanation.learned = *known;
      explanation.last_failure = last_failure_of(authority.host, recent);
      if (explanation.route == rules::Route::gateway) explanation.budgets = server.budgets_of(authority);
      done(std::move(explanation));
    });
  };
  return out;
}

// The manager calls back on its poll thread, after it has posted the snapshot to the loop. The answer is
// posted behind that snapshot, so the change is in force when the command gets its answer.
admin::Commands commands(loop::Loop& loop, proxy::ProxyServer& server, control::ConfigManager& manager,
                         AutoService* learning, const Logger& logger, std::function<void()> stop) {
  admin::Commands out;
  out.change = [&](config::Edit edit, config::ChangeDone done) {
    manager.change(std::move(edit), [&loop, done = std::move(done)](config::ChangeResult result) {
      loop.post([done, result = std::move(result)]() mutable { done(std::move(result)); });
    });
  };
  out.refresh = [&](std::function<void(std::optional<config::ApiError>)> done) {
    manager.refresh(
        [&loop, &manager, done = std::move(done)] {
          loop.post([done, error = poll_error(manager.status())]() mutable { done(std::move(error)); });
        },
        control::ConfigManager::Haste::insist);
  };
  out.report_block = [&, learning](const admin::BlockReport& report,
                                   std::function<void(admin::BlockReceipt)> done) {
    const proxy::Decision decision = server.count_block_report(report.site);
    const std::string status = report.status ? fmt::format("status {}", *report.status) : "no status";
    logger.info({"site_blocked",
                 {{"host", report.site.host},
                  {"port", report.site.port},
                  {"status", report.status},
                  {"reason", report.reason},
                  {"route", proxy::route_name(decision)},
                  {"rule", decision.why}}},
                "blocked: a client reports {} of {} ({}), route {} ({})", status,
                printable(report.site.text()),
                printable(report.reason.empty() ? "no reason given" : report.reason),
                proxy::route_name(decision), printable(decision.why));
    admin::BlockReceipt receipt{{decision.route, std::string(decision.why), decision.version()},
                                server.counters().of(decision.route).block_reports};
    if (!learning) return done(std::move(receipt));
    learning->report(report,
                     [receipt = std::move(receipt), done = std::move(done)](admin::BlockEffect effect) {
                       admin::BlockReceipt whole = receipt;
                       whole.effect = std::move(effect);
                       done(std::move(whole));
                     });
  };
  if (learning) {
    out.forget = [learning](const std::vector<std::string>& hosts,
                            std::function<void(admin::ForgetResult)> done) {
      learning->forget(hosts, std::move(done));
    };
  }
  out.stop = std::move(stop);
  return out;
}

void answer_itself(const admin::SelfEndpoint& pages, const proxy::LocalRequest& request,
                   std::function<void(proxy::LocalAnswer)> done) {
  const auto body = request.head.method == "HEAD" ? admin::Body::left_out : admin::Body::sent;
  pages.answer(request.head, request.target,
               [body, may_keep = request.may_keep, done = std::move(done)](const admin::Answer& answer) {
                 const bool keeps = may_keep && answer.is_repeated;
                 const auto ending = keeps ? admin::Ending::keep : admin::Ending::close;
                 done({std::string(admin::render(answer, body, ending).view()), keeps});
               });
}

}  // namespace aluvia::agent
