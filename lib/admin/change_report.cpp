#include "admin/change_report.hpp"

#include "base/ascii.hpp"
#include "base/counted.hpp"
#include "base/visible.hpp"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

constexpr std::size_t most_names = 3;
constexpr std::size_t shown_of_session = 4;  // characters
constexpr std::string_view unchanged = "Nothing changed.\n";
constexpr std::string_view in_force = "In force now.\n";
constexpr std::string_view next_connection = "the next gateway connection leaves from another address.\n";

using Rules = std::vector<std::string>;

const Rules& rules_of(const config::UserNetworkConfig& config, bool is_local) {
  return is_local ? config.local_rules : config.rule_texts;
}

std::string total(const Rules& rules, bool is_local, std::string_view left = "") {
  return counted(rules.size(), is_local ? "local rule" : "rule") + std::string(left);
}

// Two spellings of a rule that differ in more than case count as different here, which only costs a name in a
// text.
bool has_rule(const Rules& rules, std::string_view rule) {
  return std::ranges::any_of(rules, [&](const std::string& one) {
    return ascii::equals_ignoring_case(ascii::trim(one), ascii::trim(rule));
  });
}

std::string shortened(const std::string& session_id) {
  if (session_id.size() <= 2 * shown_of_session) return visible(session_id);
  return visible(session_id.substr(0, shown_of_session)) + "…";
}

std::string_view only_here(bool is_local) {
  return is_local ? " for this proxy only" : "";
}

}  // namespace

ChangeReport::ChangeReport(const config::Edit& edit) {
  using namespace config;
  if (const auto* const add = std::get_if<AddRules>(&edit)) note_rules(Kind::add, add->rules, false);
  if (const auto* const add = std::get_if<AddLocalRules>(&edit)) note_rules(Kind::add, add->rules, true);
  if (const auto* const less = std::get_if<RemoveRules>(&edit)) note_rules(Kind::remove, less->rules, false);
  if (const auto* const less = std::get_if<RemoveLocalRules>(&edit))
    note_rules(Kind::remove, less->rules, true);
  if (const auto* const set = std::get_if<SetRules>(&edit)) note_rules(Kind::set, set->rules, false);
  if (const auto* const set = std::get_if<SetLocalRules>(&edit)) note_rules(Kind::set, set->rules, true);
  if (const auto* const clear = std::get_if<ClearRules>(&edit)) note_rules(Kind::clear, {}, clear->local);
  if (std::holds_alternative<SetGeo>(edit)) kind_ = Kind::geo;
  if (std::holds_alternative<SetSession>(edit)) kind_ = Kind::session;
  if (std::holds_alternative<RotateSession>(edit)) kind_ = Kind::new_session;
}

void ChangeReport::note_rules(Kind kind, const Rules& rules, bool is_local) {
  kind_ = kind;
  is_local_ = is_local;
  number_of_rules_ = rules.size();
  const auto kept = static_cast<std::ptrdiff_t>(std::min(rules.size(), most_names));
  first_rules_.assign(rules.begin(), rules.begin() + kept);
}

std::string ChangeReport::text(const config::ChangedConfig& changed) const {
  const Config& now = *changed.snapshot;
  const Config& before = changed.before ? *changed.before : now;
  switch (kind_) {
    case Kind::add:
      return added(before, now);
    case Kind::remove:
      return removed(before, now);
    case Kind::set:
      return set(before, now);
    case Kind::clear:
      return cleared(changed);
    case Kind::geo:
      return geo(before, now);
    case Kind::session:
    case Kind::new_session:
      return session(before, now);
  }
  return {};
}

// Names some of `number` rules, but none that `except` has.
std::string ChangeReport::names(std::size_t number, const Rules* except) const {
  std::string out;
  std::size_t named = 0;
  for (const std::string& rule : first_rules_) {
    if (named == number || (except && has_rule(*except, rule))) continue;
    out += fmt::format("{}{}", named == 0 ? "" : ", ", visible(ascii::trim(rule)));
    ++named;
  }
  if (named == 0) return counted(number, "rule");
  return number > named ? out + fmt::format(" and {} more", number - named) : out;
}

std::string ChangeReport::added(const Config& before, const Config& now) const {
  const Rules& old = rules_of(before, is_local_);
  const Rules& rules = rules_of(now, is_local_);
  if (rules.size() <= old.size()) {
    return fmt::format("{} {} already there ({}). {}", names(number_of_rules_, nullptr),
                       number_of_rules_ == 1 ? "is" : "are", total(rules, is_local_), unchanged);
  }
  return fmt::format("Added {}{} ({}). {}", names(rules.size() - old.size(), &old), only_here(is_local_),
                     total(rules, is_local_), in_force);
}

// A rule that is not there has been an error before.
std::string ChangeReport::removed(const Config& before, const Config& now) const {
  const Rules& old = rules_of(before, is_local_);
  const Rules& rules = rules_of(now, is_local_);
  const std::size_t number = std::max<std::size_t>(old.size(), rules.size() + 1) - rules.size();
  return fmt::format("Removed {}{} ({}). {}", names(number, nullptr), only_here(is_local_),
                     total(rules, is_local_, " left"), in_force);
}

std::string ChangeReport::set(const Config& before, const Config& now) const {
  const Rules& rules = rules_of(now, is_local_);
  const bool is_same = rules == rules_of(before, is_local_);
  if (rules.empty() && !is_same) return fmt::format("There are no {}rules now.\n", is_local_ ? "local " : "");
  return fmt::format("The rules{} are {} {} ({}). {}", only_here(is_local_), is_same ? "already" : "now",
                     names(number_of_rules_, nullptr), total(rules, is_local_),
                     is_same ? unchanged : in_force);
}

// Lists what is gone, so that it can be added again.
std::string ChangeReport::cleared(const config::ChangedConfig& changed) const {
  if (!changed.removed || changed.removed->empty())
    return fmt::format("There are no {}rules to remove. {}", is_local_ ? "local " : "", unchanged);
  std::string out;
  for (const std::string& rule : *changed.removed) out += fmt::format("removed  {}\n", visible(rule));
  return out + fmt::format("Removed {}. {}", total(*changed.removed, is_local_), in_force);
}

std::string ChangeReport::geo(const Config& before, const Config& now) const {
  const bool is_same = before.target_geo == now.target_geo;
  if (!now.target_geo)
    return is_same ? fmt::format("No geo is set. {}", unchanged)
                   : "The geo is cleared: Aluvia chooses where gateway traffic comes out.\n";
  return fmt::format(
      "Geo is {} {}{}", is_same ? "already" : "now", visible(*now.target_geo),
      is_same ? fmt::format(". {}", unchanged) : ": the next gateway connection leaves from there.\n");
}

std::string ChangeReport::session(const Config& before, const Config& now) const {
  const bool is_same = before.session_id == now.session_id;
  if (!now.session_id) {
    return is_same ? fmt::format("No session is set. {}", unchanged)
                   : fmt::format("The session is cleared: {}", next_connection);
  }
  if (is_same) return fmt::format("The session is already {}. {}", shortened(*now.session_id), unchanged);
  return fmt::format("New session {}: {}", shortened(*now.session_id), next_connection);
}

std::string refreshed_text(std::uint64_t before, const config::UserNetworkConfig& now) {
  const std::string rules = counted(now.rule_count(), "rule");
  return before == now.version
             ? fmt::format("The configuration is still version {} ({}). {}", now.version, rules, unchanged)
             : fmt::format("Fetched configuration version {} ({}). {}", now.version, rules, in_force);
}

}  // namespace aluvia::admin
