#include "admin/control_api.hpp"

#include "admin/command_json.hpp"
#include "admin/rules_view.hpp"
#include "admin/self_endpoint.hpp"
#include "admin/site.hpp"
#include "admin/status_json.hpp"
#include "admin/status_text.hpp"
#include "base/visible.hpp"

#include <utility>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

constexpr std::size_t most_tunnels = 10'000;

Answer in(Format format, int status, std::string (*json)(const StatusSnapshot&),
          std::string (*text)(const StatusSnapshot&), const StatusSnapshot& facts) {
  return format == Format::json ? Answer(status, json_text, json(facts))
                                : Answer(status, plain_text, text(facts));
}

std::string owner_json(const StatusSnapshot& facts) {
  return status_json(facts, Audience::owner);
}
std::string owner_text(const StatusSnapshot& facts) {
  return status_text(facts, Audience::owner);
}

Answer bad_request(std::string message, Format format) {
  return refuse({400, "bad_request", std::move(message)}, format);
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

bool is_order(std::string_view path) {
  return path == "/rotate" || path == "/refresh" || path == "/stop";
}

Answer wrong_method(std::string_view allowed, Format format) {
  Answer out = refuse({405, "method_not_allowed", fmt::format("this takes {}", allowed)}, format);
  out.allow = allowed;
  return out;
}

}  // namespace

Answer refuse(const Refusal& refusal, Format format) {
  return format == Format::json ? Answer(refusal.status, json_text, refusal_json(refusal))
                                : line(refusal.status, visible(refusal.message));
}

void ControlApi::handle(const Request& request, Done done) const {
  const std::string_view path = path_of(request.target);
  if (request.method == "POST") return order(request, path, std::move(done));
  if (is_order(path)) return done(wrong_method("POST", request.format));
  if (request.method != "GET") return done(wrong_method("GET, POST", request.format));
  if (path == "/explain") return explain(request, std::move(done));
  done(show(request, path));
}

Answer ControlApi::show(const Request& request, std::string_view path) const {
  if (path == "/url") return line(200, source_.facts().url);
  if (path == "/client-url") return line(200, source_.client_url().reveal());
  if (path == "/status") return in(request.format, 200, owner_json, owner_text, source_.facts());
  if (path == "/rules") return in(request.format, 200, rules_json, rules_text, source_.facts());
  if (path == "/geo") return in(request.format, 200, geo_json, geo_text, source_.facts());
  if (path == "/tunnels" && request.format == Format::text) {
    return {200, plain_text, tunnels_text(source_.tunnels(most_tunnels))};
  }
  return answer_probe(source_, path, Audience::owner);
}

void ControlApi::explain(const Request& request, Done done) const {
  const Format format = request.format;
  const auto asked = query_value(request.target, "url");
  if (!asked) return done(bad_request("explain takes url=URL-OR-HOST", format));
  auto site = read_site(*asked);
  if (!site) return done(bad_request(std::move(site.error()), format));
  source_.explain(*site, [format, site = *site, done = std::move(done)](const Explanation& explanation) {
    done(format == Format::json ? Answer(200, json_text, explanation_json(site, explanation))
                                : Answer(200, plain_text, explanation_text(site, explanation)));
  });
}

void ControlApi::order(const Request& request, std::string_view path, Done done) const {
  const Format format = request.format;
  if (path == "/rules") {
    auto rules = read_rule_order(request.body);
    if (!rules) return done(bad_request(std::move(rules.error()), format));
    return change(std::move(*rules), format, std::move(done));
  }
  if (path == "/geo") {
    auto geo = read_geo_order(request.body);
    if (!geo) return done(bad_request(std::move(geo.error()), format));
    return change(std::move(*geo), format, std::move(done));
  }
  if (path == "/rotate") return change(RotateCommand{}, format, std::move(done));
  if (path == "/refresh") {
    return orders_.refresh([this, format, done = std::move(done)](RefreshError error) {
      if (error) return done(refuse(*error, format));
      done(in(format, 200, owner_json, owner_text, source_.facts()));
    });
  }
  if (path != "/stop") return done(wrong_method("GET", format));
  orders_.stop();
  done(format == Format::json ? Answer(202, json_text, "{\"stopping\":true}\n")
                              : line(202, "the proxy is being stopped"));
}

void ControlApi::change(Order order, Format format, Done done) const {
  orders_.change(std::move(order), [format, done = std::move(done)](OrderResult result) {
    if (!result) return done(refuse(result.error(), format));
    done(format == Format::json ? Answer(200, json_text, changed_json(*result))
                                : Answer(200, plain_text, changed_text(*result)));
  });
}

}  // namespace aluvia::admin
