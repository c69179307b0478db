#include "admin/self_endpoint.hpp"

#include "admin/explain.hpp"
#include "admin/live_request.hpp"
#include "admin/metrics.hpp"
#include "admin/page.hpp"
#include "admin/readiness.hpp"
#include "admin/site.hpp"
#include "admin/status_json.hpp"
#include "admin/usage_view.hpp"
#include "admin/web_files.hpp"
#include "base/visible.hpp"
#include "http/authority.hpp"
#include "http/basic_credentials.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

// Rendering happens on the loop and delays traffic.
constexpr std::size_t most_tunnels = 1000;
constexpr std::size_t most_tunnels_of_page = 50;

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

Answer live(const Question&) {
  return line(200, "the loop turns");  // a stuck loop sends no response
}

Answer ready(const Question& question) {
  const auto reasons = reasons_not_ready(question.source.status(), question.audience);
  return reasons.empty() ? line(200, "ready") : line(503, visible(reasons.front()));
}

Answer started(const Question& question) {
  return question.source.status().snapshot ? line(200, "started")
                                           : line(503, "there is no configuration yet");
}

Answer show_metrics(const Question& question) {
  const auto& hosts = question.source.hosts;
  return {200, metrics_type,
          metrics(question.source.status(), read_process_usage(),
                  hosts ? hosts() : std::vector<ledger::UsageRow>())};
}

Answer show_status(const Question& question) {
  return {200, json_text, status_json(question.source.status(), question.audience)};
}

Answer show_tunnels(const Question& question) {
  return {200, json_text, tunnels_json(question.source.tunnels(most_tunnels))};
}

Answer show_page(const Question& question) {
  return {200, html_text, page(question.source.status(), question.source.tunnels(most_tunnels_of_page))};
}

Answer show_pac(const Question& question) {
  return {200, pac_type, proxy_pac(question.source.status())};
}

Answer show_web_file(const Question& question) {
  return web_answer(path_of(question.target).substr(1), question.fields);
}

enum class Content {
  none,     ///< nothing about hosts and traffic: who asks has no credentials
  sums,     ///< bytes and counts
  state,    ///< also gateway, process and errors
  history,  ///< also hosts and rules: the browsing of the proxy's clients
};

struct Place {
  std::string_view path;
  Answer (*show)(const Question&);
  Content content;
};

constexpr std::array places{
    Place{"/livez", live, Content::none},
    Place{"/readyz", ready, Content::none},
    Place{"/startupz", started, Content::none},
    Place{"/metrics", show_metrics, Content::sums},
    Place{"/status", show_status, Content::state},
    Place{"/tunnels", show_tunnels, Content::history},
    Place{"/", show_page, Content::history},
    Place{"/page.css", show_web_file, Content::sums},
    Place{"/page.js", show_web_file, Content::sums},
    Place{"/icon.svg", show_web_file, Content::sums},
    Place{"/proxy.pac", show_pac, Content::none},
};
constexpr std::string_view explain_path = "/explain";
constexpr std::string_view usage_path = "/usage";
constexpr std::string_view live_path = "/live";

Content content_of(std::string_view path) {
  const auto* const place = std::ranges::find(places, path, &Place::path);
  if (place != places.end()) return place->content;
  const bool has_history = path == explain_path || path == usage_path || path == live_path;
  return has_history ? Content::history : Content::sums;
}

Answer asked_by_another_name(const std::string& url) {
  return line(421, fmt::format("This is a proxy: set it as the proxy of your client. What it says about "
                               "itself stands at {}",
                               url));
}

Answer ask_for_credentials() {
  Answer out = line(401, "This needs the user and password that clients of the proxy use");
  out.challenge = http::basic_challenge;
  return out;
}

}  // namespace

Answer answer_probe(const Question& question) {
  const std::string_view path = path_of(question.target);
  for (const Place& place : places) {
    if (place.path == path) return place.show(question);
  }
  return line(404,
              "there are /livez /readyz /startupz /metrics /status /tunnels /live /usage /explain /proxy.pac "
              "and /");
}

bool is_own_host(std::string_view host, std::string_view url) {
  const auto own = http::parse_authority(url.substr(url.find("//") + 2), 80);
  const auto asked = http::parse_authority(host, 80);
  if (!own || !asked || asked->port != own->port) return false;
  return asked->host == own->host || asked->host == "localhost";
}

bool is_no_foreign_name(std::string_view host) {
  const auto asked = http::parse_authority(host, 80);
  return asked && (asked->kind != http::HostKind::name || asked->host == "localhost");
}

Access::Access(bool beyond_loopback, const Secret& user_and_password) : is_public(beyond_loopback) {
  if (!user_and_password.empty()) token.emplace(http::basic_token_of(user_and_password).reveal());
}

void SelfEndpoint::answer(const http::RequestHead& head, const http::Target& target, Done done) const {
  const std::string_view path = path_of(target.path);
  if (auto no = rejection(head, path)) return done(std::move(*no));
  if (path == explain_path)
    return explain(source_, target.path, Format::json, Audience::anyone, std::move(done));
  if (path == usage_path) return answer_usage(source_, target.path, UsageFormat::json, std::move(done));
  if (path == live_path) return answer_live(source_, target.path, Audience::anyone, std::move(done));
  done(answer_probe({source_called(*called_by(head)), target.path, Audience::anyone, &head.fields}));
}

// Checks the caller first, so that another site's page learns nothing, not even which paths exist.
std::optional<Answer> SelfEndpoint::rejection(const http::RequestHead& head, std::string_view path) const {
  if (!called_by(head)) return asked_by_another_name(source_.status().url);
  if (head.method != "GET" && head.method != "HEAD") {
    Answer out = line(405, "Nothing can be changed here; aluvia-connect help lists the commands that can");
    out.allow = "GET, HEAD";
    return out;
  }
  if (!may_see(head, path)) return ask_for_credentials();
  const Content content = content_of(path);
  if (access_.is_public && !access_.token && content == Content::history)
    return line(403,
                "This shows hosts: on an address beyond loopback it takes clients with user and password");
  if (access_.is_private && content >= Content::state)
    return line(403, "This is private: aluvia-connect status, top and tunnels show it to the proxy's user");
  return std::nullopt;
}

// The URL that the client knows the proxy by, or nothing where it may be another site's page.
std::optional<std::string> SelfEndpoint::called_by(const http::RequestHead& head) const {
  const http::Field* const host = http::find_field(head.fields, "host");
  std::string url = source_.status().url;
  if (!host) return std::nullopt;
  if (is_own_host(host->value, url)) return url;
  if (!access_.is_public || !is_no_foreign_name(host->value)) return std::nullopt;
  return "http://" + http::parse_authority(host->value, 80)->text();
}

bool SelfEndpoint::may_see(const http::RequestHead& head, std::string_view path) const {
  if (!access_.token || content_of(path) == Content::none) return true;
  const http::Field* const field = http::find_field(head.fields, "authorization");
  return field && http::count_fields(head.fields, "authorization") == 1 &&
         access_.token->matches(http::basic_token(field->value));
}

StatusProvider SelfEndpoint::source_called(const std::string& url) const {
  StatusProvider out = source_;
  // /metrics stays open where pages with hosts are closed, and then names none.
  const bool hides_hosts = access_.is_private || (access_.is_public && !access_.token);
  if (hides_hosts) out.hosts = nullptr;
  out.status = [this, url] {
    StatusSnapshot status = source_.status();
    status.url = url;
    return status;
  };
  return out;
}

}  // namespace aluvia::admin
