#include "admin/self_endpoint.hpp"

#include "admin/metrics.hpp"
#include "admin/page.hpp"
#include "admin/readiness.hpp"
#include "admin/status_json.hpp"
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

using Show = Answer (*)(const StatusProvider& source, Audience audience);

Answer live(const StatusProvider&, Audience) {
  return line(200, "the loop turns");  // a stuck loop sends no response
}

Answer ready(const StatusProvider& source, Audience audience) {
  const auto reasons = reasons_not_ready(source.status(), audience);
  return reasons.empty() ? line(200, "ready") : line(503, visible(reasons.front()));
}

Answer started(const StatusProvider& source, Audience) {
  return source.status().snapshot ? line(200, "started") : line(503, "there is no configuration yet");
}

Answer show_metrics(const StatusProvider& source, Audience) {
  return {200, metrics_type, metrics(source.status())};
}

Answer show_status(const StatusProvider& source, Audience audience) {
  return {200, json_text, status_json(source.status(), audience)};
}

Answer show_tunnels(const StatusProvider& source, Audience) {
  return {200, json_text, tunnels_json(source.tunnels(most_tunnels))};
}

Answer show_page(const StatusProvider& source, Audience) {
  return {200, html_text, page(source.status(), source.tunnels(most_tunnels_of_page))};
}

Answer show_pac(const StatusProvider& source, Audience) {
  return {200, pac_type, proxy_pac(source.status())};
}

struct Place {
  std::string_view path;
  Show show;
  bool is_open = false;  // tells nothing about hosts and traffic; those who ask have no credentials
};

constexpr std::array places{
    Place{"/livez", live, true},     Place{"/readyz", ready, true},       Place{"/startupz", started, true},
    Place{"/metrics", show_metrics}, Place{"/status", show_status},       Place{"/tunnels", show_tunnels},
    Place{"/", show_page},           Place{"/proxy.pac", show_pac, true},
};

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

Answer answer_probe(const StatusProvider& source, std::string_view path, Audience audience) {
  for (const Place& place : places) {
    if (place.path == path) return place.show(source, audience);
  }
  return line(404, "there are /livez /readyz /startupz /metrics /status /tunnels /proxy.pac and /");
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

std::string SelfEndpoint::answer(const http::RequestHead& head, const http::Target& target) const {
  return std::string(
      render(decide(head, target), head.method == "HEAD" ? Body::left_out : Body::sent).view());
}

// Checks the caller first, so that another site's page learns nothing, not even which paths exist.
Answer SelfEndpoint::decide(const http::RequestHead& head, const http::Target& target) const {
  const auto url = called_by(head);
  if (!url) return asked_by_another_name(source_.status().url);
  if (head.method != "GET" && head.method != "HEAD") {
    Answer refusal =
        line(405, "Nothing can be changed here; aluvia-connect help lists the commands that can");
    refusal.allow = "GET, HEAD";
    return refusal;
  }
  const std::string_view path = target.path.substr(0, target.path.find('?'));
  if (!may_see(head, path)) return ask_for_credentials();
  return answer_probe(source_called(*url), path, Audience::anyone);
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
  const auto* const place = std::ranges::find(places, path, &Place::path);
  if (!access_.token || (place != places.end() && place->is_open)) return true;
  const http::Field* const field = http::find_field(head.fields, "authorization");
  return field && http::count_fields(head.fields, "authorization") == 1 &&
         access_.token->matches(http::basic_token(field->value));
}

StatusProvider SelfEndpoint::source_called(const std::string& url) const {
  StatusProvider out = source_;
  out.status = [this, url] {
    StatusSnapshot status = source_.status();
    status.url = url;
    return status;
  };
  return out;
}

}  // namespace aluvia::admin
