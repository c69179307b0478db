#include "admin/block_report.hpp"

#include "admin/site.hpp"
#include "base/json_value.hpp"
#include "base/json_writer.hpp"
#include "base/visible.hpp"

#include <fmt/format.h>
#include <rapidjson/document.h>

namespace aluvia::admin {
namespace {

constexpr std::size_t longest_reason = 200;
constexpr const char* wanted =
    R"(the body must be {"url": "https://HOST/"} or {"host": "HOST"}, with "status": 403 and "reason": "TEXT" where known)";

using Members = rapidjson::Document;

std::optional<std::string_view> text_member(const Members& members, const char* name) {
  const auto member = members.FindMember(name);
  if (member == members.MemberEnd() || !member->value.IsString()) return std::nullopt;
  return std::string_view(member->value.GetString(), member->value.GetStringLength());
}

// Returns false for a value that is no status.
bool read_status(const Members& members, std::optional<int>& out) {
  const auto member = members.FindMember("status");
  if (member == members.MemberEnd()) return true;
  if (!member->value.IsInt() || member->value.GetInt() < 100 || member->value.GetInt() > 599) return false;
  out = member->value.GetInt();
  return true;
}

std::string advice(const BlockReport& report, const Explanation& explanation, const BlockEffect& effect) {
  if (effect.word == "learned") return fmt::format("AUTO learned it: {}", effect.reason);
  if (explanation.route == rules::Route::gateway) return "aluvia-connect rotate gives another exit address";
  return fmt::format("aluvia-connect rules add {} sends it through the gateway", visible(report.site.host));
}

}  // namespace

Result<BlockReport, std::string> read_block_report(std::string_view body) {
  rapidjson::Document members;
  if (!parse_json_object(members, body)) return Err{std::string(wanted)};
  const auto url = text_member(members, "url");
  const auto host = text_member(members, "host");
  BlockReport out;
  if (url.has_value() == host.has_value() || !read_status(members, out.status))
    return Err{std::string(wanted)};
  if (members.HasMember("reason") && !text_member(members, "reason")) return Err{std::string(wanted)};
  auto site = read_site(url ? *url : *host);
  if (!site) return Err{site.error()};
  out.site = std::move(*site);
  out.reason = text_member(members, "reason").value_or("").substr(0, longest_reason);
  return out;
}

SecretString block_receipt_json(const BlockReport& report, const BlockReceipt& receipt) {
  JsonWriter out;
  out.begin_object();
  out.text("host", report.site.host);
  out.number("port", report.site.port);
  out.text("route", rules::name(receipt.explanation.route));
  out.text("rule", receipt.explanation.why);
  out.number("configuration", receipt.explanation.version);
  out.number("reports", receipt.reports);
  out.text("effect", receipt.effect.word);
  out.text_if_any("effect_reason", receipt.effect.reason);
  out.end_object();
  return out.take_line();
}

std::string block_receipt_text(const BlockReport& report, const BlockReceipt& receipt) {
  const Explanation& explanation = receipt.explanation;
  const BlockEffect& effect = receipt.effect;
  const bool is_unlearned = effect.word == "none" && !effect.reason.empty();
  return fmt::format("Reported that {} blocked a request. Its route {} {} ({}); {}.\n{}",
                     visible(report.site.text()), effect.word == "learned" ? "was" : "is",
                     rules::name(explanation.route), visible(explanation.why),
                     advice(report, explanation, effect),
                     is_unlearned ? fmt::format("AUTO learns nothing from it: {}.\n", visible(effect.reason))
                     : effect.word == "suggested" ? fmt::format("AUTO suggests it: {}.\n", effect.reason)
                                                  : std::string());
}

}  // namespace aluvia::admin
