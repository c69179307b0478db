#include "control/change_log.hpp"

#include "base/counted.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace aluvia::control {
namespace {

std::string_view yes_or_no(bool value) {
  return value ? "yes" : "no";
}

std::string shown_geo(const config::UserNetworkConfig& config) {
  return config.target_geo ? printable(*config.target_geo, 40) : "none";
}

struct RuleChange {
  std::size_t added = 0;
  std::size_t removed = 0;
};

RuleChange compare(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  const std::multiset<std::string_view> old_rules(before.begin(), before.end());
  const std::multiset<std::string_view> new_rules(after.begin(), after.end());
  std::vector<std::string_view> added;
  std::vector<std::string_view> removed;
  std::set_difference(new_rules.begin(), new_rules.end(), old_rules.begin(), old_rules.end(),
                      std::back_inserter(added));
  std::set_difference(old_rules.begin(), old_rules.end(), new_rules.begin(), new_rules.end(),
                      std::back_inserter(removed));
  return {added.size(), removed.size()};
}

}  // namespace

void ChangeLog::changed(const Known* before, const Changed& change) {
  recovered();
  const auto& now = *change.now.snapshot;
  if (!before) {
    logger_.info("configuration version {}: {}, session {}, geo {}", now.version,
                 counted(change.now.user.rules.size(), "rule"), now.session_id ? "set" : "none",
                 shown_geo(now));
  } else {
    const auto& old = *before->snapshot;
    const auto rules = compare(before->user.rules, change.now.user.rules);
    logger_.info(
        "configuration version {}: {} ({} added, {} removed), session changed: {}, geo {}, credentials "
        "changed: {}",
        now.version, counted(change.now.user.rules.size(), "rule"), rules.added, rules.removed,
        yes_or_no(now.session_id != old.session_id), shown_geo(now),
        yes_or_no(!(now.gateway_authorization == old.gateway_authorization)));
  }
  for (const auto& warning : change.warnings)
    logger_.warn("configuration version {}: {}", now.version, warning);
}

void ChangeLog::local_changed(const Known& now, const std::vector<std::string>& warnings) const {
  logger_.info("configuration version {}: {} of this proxy's own", now.snapshot->version,
               counted(now.snapshot->local_rules.size(), "rule"));
  for (const auto& warning : warnings)
    logger_.warn("configuration version {}: {}", now.snapshot->version, warning);
}

void ChangeLog::not_changed(const ChangeError& error) const {
  logger_.info("a change is not made: {}", error.message);
}

void ChangeLog::unchanged(const Known& known) {
  recovered();
  logger_.debug("configuration version {} is still the API's", known.snapshot->version);
}

void ChangeLog::failed(const Problem& problem, const Known* known) {
  const std::uint64_t version = known ? known->snapshot->version : 0;
  if (fault_ == problem.state) {
    logger_.debug("the configuration still cannot be refreshed: {}", problem.error.message);
    return;
  }
  fault_ = problem.state;
  logger_.warn("the configuration cannot be refreshed, version {} stays in use: {}", version,
               problem.error.message);
}

void ChangeLog::waiting(std::chrono::milliseconds wait) const {
  logger_.debug("next poll in {} ms", wait.count());
}

void ChangeLog::recovered() {
  if (!fault_.empty()) logger_.info("the API answers again");
  fault_.clear();
}

}  // namespace aluvia::control
