// Fuzz target for the text that the control plane reads besides users: responses of the API, Retry-After,
// base URLs, and the edits that come over the control socket.
//
//   input = what (one byte) status (one byte) text
#include "admin/block_report.hpp"
#include "admin/command_json.hpp"
#include "api/base_url.hpp"
#include "control/response.hpp"
#include "http/retry_after.hpp"
#include "target.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace aluvia::fuzz {
namespace {

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

void check_response(unsigned char selector, std::string_view text) {
  constexpr std::array<int, 14> statuses{200, 200, 304, 301, 400, 401, 402,
                                         403, 404, 412, 422, 429, 500, 503};
  api::ApiReply reply;
  reply.status = statuses[selector % statuses.size()];
  reply.body = SecretString(text);
  const control::ControlOptions options;
  const auto response = control::interpret(std::move(reply), nullptr, options);
  if (const auto* error = std::get_if<config::ApiError>(&response)) {
    require(!error->message.empty() && is_one_line(error->message), "an error is one line");
    return;
  }
  const auto* changed = std::get_if<control::Changed>(&response);
  require(changed != nullptr, "without a known configuration nothing is unchanged");
  require(changed->now.snapshot->version == 1, "the first snapshot has version 1");
  api::ApiReply same;
  same.status = 200;
  same.body = SecretString(text);
  const auto again = control::interpret(std::move(same), &changed->now, options);
  require(std::holds_alternative<control::Unchanged>(again), "the same body again is unchanged");
}

void check_base_url(std::string_view text) {
  const auto url = api::parse_base_url(text);
  if (!url) return require(is_one_line(url.error()), "an error is one line");
  require(!url->authority.host.empty() && url->authority.port != 0, "a base URL has a host and a port");
  const auto again =
      api::parse_base_url((url->tls ? "https://" : "http://") + url->shown() + url->prefix + "/");
  require(again && again->shown() == url->shown() && again->prefix == url->prefix,
          "a base URL writes itself back");
}

void check_retry_after(std::string_view text) {
  const auto now = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
  const auto wait = http::parse_retry_after(text, now);
  require(!wait || wait->count() >= 0, "a wait is not negative");
}

void check_edits(std::string_view text) {
  if (const auto edit = admin::read_rule_edit(text); !edit) {
    require(is_one_line(edit.error()), "an error is one line");
  }
  if (const auto edit = admin::read_geo_edit(text); !edit) {
    require(is_one_line(edit.error()), "an error is one line");
  }
  if (const auto edit = admin::read_session_edit(text); !edit) {
    require(is_one_line(edit.error()), "an error is one line");
  }
  if (const auto report = admin::read_block_report(text); !report) {
    require(is_one_line(report.error()), "an error is one line");
  } else {
    require(report->reason.size() <= 200, "a reason is cut");
  }
}

}  // namespace

void control_words(std::string_view input) {
  if (input.size() < 2) return;
  const auto what = static_cast<unsigned char>(input[0]) % 4U;
  const auto status = static_cast<unsigned char>(input[1]);
  const std::string_view text = input.substr(2);
  if (what == 0) check_response(status, text);
  if (what == 1) check_base_url(text);
  if (what == 2) check_retry_after(text);
  if (what == 3) check_edits(text);
}

}  // namespace aluvia::fuzz
