#include "admin/local_port.hpp"

#include "admin/metrics.hpp"
#include "admin/page.hpp"
#include "admin/readiness.hpp"
#include "admin/status_json.hpp"
#include "http/authority.hpp"

#include <array>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

// Rendering happens on the loop, beside everybody's traffic.
constexpr std::size_t most_tunnels = 1000;

using Show = Answer (*)(const Source& source, Audience audience);

Answer live(const Source&, Audience) {
  return line(200, "the loop turns");  // or nobody would read this
}

Answer ready(const Source& source, Audience audience) {
  const auto reasons = reasons_not_ready(source.facts(), audience);
  return reasons.empty() ? line(200, "ready") : line(503, reasons.front());
}

Answer started(const Source& source, Audience) {
  return source.facts().snapshot ? line(200, "started") : line(503, "there is no configuration yet");
}

Answer show_metrics(const Source& source, Audience) {
  return {200, metrics_type, metrics(source.facts())};
}

Answer show_status(const Source& source, Audience audience) {
  return {200, json_text, status_json(source.facts(), audience)};
}

Answer show_tunnels(const Source& source, Audience) {
  return {200, json_text, tunnels_json(source.tunnels(most_tunnels))};
}

Answer show_page(const Source& source, Audience) {
  return {200, html_text, page(source.facts())};
}

Answer show_pac(const Source& source, Audience) {
  return {200, pac_type, proxy_pac(source.facts())};
}

struct Place {
  std::string_view path;
  Show show;
};

constexpr std::array places{
    Place{"/livez", live},           Place{"/readyz", ready},       Place{"/startupz", started},
    Place{"/metrics", show_metrics}, Place{"/status", show_status}, Place{"/tunnels", show_tunnels},
    Place{"/", show_page},           Place{"/proxy.pac", show_pac},
};

}  // namespace

Answer answer_probe(const Source& source, std::string_view path, Audience audience) {
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

std::string LocalPort::answer(const http::RequestHead& head, const http::Target& target) const {
  return render(decide(head, target), head.method == "HEAD" ? Body::left_out : Body::sent);
}

// Who it is comes first: another site's page learns nothing at all, not even which paths there are.
Answer LocalPort::decide(const http::RequestHead& head, const http::Target& target) const {
  const http::Field* const host = http::find_field(head.fields, "host");
  const std::string url = source_.facts().url;
  if (!host || !is_own_host(host->value, url)) {
    return line(421, fmt::format("This is a proxy: set it as the proxy of your client. What it says about "
                                 "itself stands at {}",
                                 url));
  }
  if (head.method != "GET" && head.method != "HEAD") {
    Answer refusal =
        line(405, "Nothing can be changed here; aluvia-connect --help lists the commands that can");
    refusal.allow = "GET, HEAD";
    return refusal;
  }
  return answer_probe(source_, target.path.substr(0, target.path.find('?')), Audience::anyone);
}

}  // namespace aluvia::admin
