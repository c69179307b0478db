// No text of the API, of a client or of an origin controls the terminal that shows it.
#include "admin/change_report.hpp"
#include "admin/control_api.hpp"
#include "admin/page.hpp"
#include "admin/rules_view.hpp"
#include "admin/status_json.hpp"
#include "admin/status_text.hpp"
#include "sample.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace aluvia;
using namespace aluvia::admin;
using namespace aluvia::admin::test;

namespace {

// A new line, an escape sequence, C1's CSI as UTF-8 and as a byte, DEL, and a change of direction.
const std::string hostile =
    "x\nready          yes\r\x1b[2J\xc2\x9b"
    "31m\x9b"
    "1m\x7f\u202E\x07";

config::ApiError hostile_error(config::ApiError::Kind kind) {
  return {kind, hostile, {}, "https://pay.example/" + hostile};
}

StatusSnapshot hostile_status() {
  StatusSnapshot out = status();
  config::UserResponse user;
  user.proxy_username = Secret("gate-user");
  user.proxy_password = Secret("gate-secret");
  user.rules = {hostile};
  user.session_id = hostile;
  user.target_geo = hostile;
  std::vector<std::string> warnings;
  out.snapshot = config::make_snapshot(user, {}, {hostile}, "", 7, warnings);
  out.api.failures_in_row = 1;
  out.api.error = hostile_error(config::ApiError::Kind::payment_required);
  out.gateway.ok = false;
  out.gateway.reason = hostile;
  return out;
}

bool has_no_controls(std::string_view text) {
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F;
  };
  return std::ranges::none_of(text, is_control) && !has(text, "\xc2\x9b") && !has(text, "\x9b") &&
         !has(text, "\u202E") && !has(text, "\nready          yes\r");
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

TEST_CASE("Status, rules, geo and explanations send no terminal control characters, as text and as JSON") {
  const StatusSnapshot what = hostile_status();
  const http::Authority site{"shop.example", 443, http::HostKind::name};
  const Explanation explanation{rules::Route::gateway, hostile, 7};
  for (const Audience audience : {Audience::owner, Audience::anyone}) {
    CHECK(has_no_controls(status_text(what, audience)));
    CHECK(has_no_controls(status_json(what, audience)));
  }
  CHECK(has_no_controls(status_line(what)));
  CHECK(lines(status_line(what)) == 0);
  CHECK(has_no_controls(rules_text(what)));
  CHECK(lines(rules_text(what)) == 2);
  CHECK(has_no_controls(rules_json(what)));
  CHECK(has_no_controls(geo_text(what)));
  CHECK(lines(geo_text(what)) == 1);
  CHECK(has_no_controls(geo_json(what)));
  const config::ChangedConfig changed{what.snapshot, std::vector<std::string>{hostile}};
  for (const config::Edit& edit :
       {config::Edit(config::ClearRules{}), config::Edit(config::AddRules{{hostile}}),
        config::Edit(config::RotateSession{}), config::Edit(config::SetGeo{hostile})}) {
    CHECK(has_no_controls(ChangeReport(edit).text(changed)));
    CHECK(lines(ChangeReport(edit).text(changed)) <= 2);
  }
  CHECK(has_no_controls(changed_json(changed)));
  CHECK(has_no_controls(explanation_text(site, explanation)));
  CHECK(lines(explanation_text(site, explanation)) == 1);
  CHECK(has_no_controls(explanation_json(site, explanation)));
  const Explanation troubled{rules::Route::gateway, hostile, 7, {}, hostile};
  CHECK(has_no_controls(explanation_text(site, troubled)));
  CHECK(lines(explanation_text(site, troubled)) == 2);
  Explanation failed = troubled;
  failed.last_failure = FailedRequest{{}, {}, hostile, hostile};
  CHECK(has_no_controls(explanation_text(site, failed)));
  CHECK(lines(explanation_text(site, failed)) == 3);
  CHECK(has_no_controls(explanation_json(site, failed)));
  const Explanation rejected{rules::Route::gateway, hostile, 7, Rejection{403, hostile, {}}, {}};
  CHECK(has_no_controls(explanation_text(site, rejected)));
  CHECK(lines(explanation_text(site, rejected)) == 1);
  CHECK(has_no_controls(page(what, tunnels())));
}

TEST_CASE("Tunnels and errors send no terminal control characters, as text and as JSON") {
  telemetry::TunnelViews views = tunnels();
  views.open = 1;
  views.tunnels.front().host = hostile;
  views.tunnels.front().why = hostile;
  CHECK(has_no_controls(tunnels_text(views)));
  CHECK(lines(tunnels_text(views)) == 2);
  CHECK(has_no_controls(tunnels_json(views)));
  CHECK(has_no_controls(page(status(), views)));
  const auto error = hostile_error(config::ApiError::Kind::rejected);
  CHECK(has_no_controls(error_json(error)));
  CHECK(has_no_controls(error_answer(error, Format::text).body));
}
