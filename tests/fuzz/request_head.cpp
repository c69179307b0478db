// Fuzz target for request heads: the forwarded head reads as the same request, for an origin and for the
// gateway, and forwarding it again changes nothing.
#include "base/ascii.hpp"
#include "heads.hpp"
#include "http/field_scan.hpp"
#include "http/forward.hpp"
#include "http/framing.hpp"
#include "http/list.hpp"
#include "http/max_forwards.hpp"
#include "http/upgrade.hpp"

#include <algorithm>
#include <array>

namespace aluvia::fuzz {
namespace {

constexpr http::OutgoingRequest to_origin{http::OutgoingForm::origin, {}};
constexpr http::OutgoingRequest to_gateway{http::OutgoingForm::absolute, "Basic dTpw"};

std::string forward(const http::RequestHead& head, const http::OutgoingRequest& outgoing) {
  const auto target = http::parse_target(head);
  require(target && http::check_host_fields(head), "what was forwarded is a good request again");
  std::string out;
  http::append_request_head(out, head, *target, outgoing);
  return out;
}

bool is_for_one_hop(std::string_view member) {
  constexpr std::array<std::string_view, 4> others{"", "keep-alive", "close", "upgrade"};
  return std::none_of(others.begin(), others.end(),
                      [member](auto other) { return ascii::equals_ignoring_case(member, other); });
}

void check_no_hop_by_hop(const http::Fields& fields) {
  constexpr std::array<std::string_view, 6> hops{
      "Keep-Alive",         "Proxy-Connection",          "TE",
      "Proxy-Authenticate", "Proxy-Authentication-Info", "HTTP2-Settings"};
  for (const auto hop : hops) {
    require(http::count_fields(fields, hop) == 0, "what belongs to one hop does not go on");
  }
  require(http::count_fields(fields, "Host") == 1, "exactly one Host goes out");
  for (const http::Field& field : fields) {
    if (!ascii::equals_ignoring_case(field.name, "Connection")) continue;
    require(!http::detail::any_token(field.value, is_for_one_hop),
            "Connection says no more than whether it stays and what it becomes");
  }
}

// Reads `out` as the next server would, and compares what counts.
http::RequestHeadReader read_again(const http::RequestHead& head, const std::string& out) {
  http::RequestHeadReader next({.bytes = out.size() + 1, .fields = head.fields.size() + 3});
  const http::Progress progress = next.read(out);
  require(progress.is_done() && progress.consumed() == out.size(), "what goes out is one head and no more");
  check_no_hop_by_hop(next.head().fields);
  require(http::detail::count_obs_text(next.head().target) == 0, "a target goes out in ASCII");
  require(next.head().method == head.method, "the method stays");
  require(http::offered_protocols(next.head()) == http::offered_protocols(head), "a wish to upgrade stays");
  require(!http::list_contains(next.head().fields, "Upgrade", "h2c"), "h2c is not offered to a server");
  const auto before = http::request_framing(head);
  const auto after = http::request_framing(next.head());
  require(after && before->kind == after->kind && before->length == after->length, "the body's end stays");
  return next;
}

void check_for_origin(const http::RequestHead& head, const http::Target& target) {
  const std::string out = forward(head, to_origin);
  const http::RequestHeadReader next = read_again(head, out);
  require(http::find_field(next.head().fields, "Proxy-Authorization") == nullptr,
          "no credential for an origin");
  const auto host = http::parse_authority(http::find_field(next.head().fields, "Host")->value, 80);
  require(host && *host == target.authority, "Host names the authority that was decided on");
  const auto form = http::parse_target(next.head());
  require(form && (form->form == http::TargetForm::origin || form->form == http::TargetForm::asterisk),
          "an origin gets origin-form");
}

void check_for_gateway(const http::RequestHead& head, const http::Target& target) {
  const std::string out = forward(head, to_gateway);
  const http::RequestHeadReader next = read_again(head, out);
  require(http::count_fields(next.head().fields, "Proxy-Authorization") == 1,
          "one credential for the gateway");
  const auto again = http::parse_target(next.head());
  require(again && again->form == http::TargetForm::absolute && again->authority == target.authority,
          "the gateway reads the same authority");
  require(!http::list_contains(next.head().fields, "Connection", "close") &&
              !http::list_contains(next.head().fields, "Connection", "keep-alive"),
          "the gateway is not told how long the client's connection lasts");
  if (const std::string fewer = http::fewer_forwards(head); !fewer.empty()) {
    const auto after = http::max_forwards(next.head());
    require(!after || *after == fewer, "it may pass one proxy fewer, if it says how many");
  } else {
    require(forward(next.head(), to_gateway) == out, "forwarding what was forwarded changes nothing");
  }
}

// FieldScan must find the same fields as the reader.
void check_scan(std::string_view input, const http::RequestHead& head, std::size_t size) {
  constexpr std::string_view name = "Proxy-Authorization";
  http::FieldScan scan(name);
  Pieces pieces = Pieces::varied(input);
  for (std::size_t at = 0; at < input.size();) {
    const Copy piece(input.substr(at, pieces.next()));
    scan.read(piece.view());
    at += piece.view().size();
  }
  require(scan.is_complete() && scan.bytes() == size, "a scan ends where the head ends");
  require(scan.fields() == head.fields.size(), "a scan counts the fields");
  require(scan.count() == http::count_fields(head.fields, name), "a scan finds the fields of its name");
  for (const http::Field& field : head.fields) {
    if (scan.count() != 1 || !ascii::equals_ignoring_case(field.name, name)) continue;
    const bool is_kept = field.value.size() <= http::FieldScan::longest_value;
    require(scan.value() == (is_kept ? field.value : std::string_view()), "a scan has the field's value");
  }
}

void check_request(std::string_view input, http::HeadLimits limits) {
  if (!check_reading<http::RequestHeadReader>(input, limits)) return;
  http::RequestHeadReader reader(limits);
  check_scan(input, reader.head(), reader.read(input).consumed());
  const http::RequestHead& head = reader.head();
  require(http::is_token(head.method) && !head.target.empty(), "a request has a method and a target");
  const auto target = http::parse_target(head);
  const auto framing = http::request_framing(head);
  if (!target || !http::check_host_fields(head) || !framing) return;
  require(framing->kind != http::BodyKind::until_close, "a request never ends with its connection");
  if (target->form != http::TargetForm::absolute) return;
  check_for_origin(head, *target);
  check_for_gateway(head, *target);
}

}  // namespace

void request_head(std::string_view input) {
  check_request(input, {});
  check_request(input, {.bytes = 128, .fields = 3});
}

}  // namespace aluvia::fuzz
