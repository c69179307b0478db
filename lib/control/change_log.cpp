#include "control/change_log.hpp"

#include "base/counted.hpp"

#include <algorithm>
#include <cstdint>
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

// Returns the age in the largest unit that gives at least 2.
std::string shown_age(std::chrono::system_clock::duration age) {
  const auto seconds = std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(age).count(), 0);
  if (seconds < 120) return counted(static_cast<std::uint64_t>(seconds), "second");
  if (seconds < 7200) return counted(static_cast<std::uint64_t>(seconds / 60), "minute");
  if (seconds < 172'800) return counted(static_cast<std::uint64_t>(seconds / 3600), "hour");
  return counted(static_cast<std::uint64_t>(seconds / 86'400), "day");
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

void ChangeLog::changed(const Known* before, const Known& latest) {
  recovered();
  const auto& now = *latest.snapshot;
  if (!before) {
    const std::string geo = shown_geo(now);
    logger_.info({"config_loaded",
                  {{"version", now.version},
                   {"rules", latest.user.rules.size()},
                   {"has_session", now.session_id.has_value()},
                   {"geo", geo}}},
                 "configuration version {}: {}, session {}, geo {}", now.version,
                 counted(latest.user.rules.size(), "rule"), now.session_id ? "set" : "none", geo);
  } else {
    log_change(*before, latest);
  }
  warn(now);
}

void ChangeLog::log_change(const Known& before, const Known& latest) const {
  const config::UserNetworkConfig& old = *before.snapshot;
  const config::UserNetworkConfig& now = *latest.snapshot;
  const RuleChange rules = compare(before.user.rules, latest.user.rules);
  const bool is_session_changed = now.session_id != old.session_id;
  const bool are_credentials_changed = !(now.gateway_authorization == old.gateway_authorization);
  const std::string geo = shown_geo(now);
  logger_.info(
      {"config_changed",
       {{"version", now.version},
        {"rules", latest.user.rules.size()},
        {"rules_added", rules.added},
        {"rules_removed", rules.removed},
        {"session_changed", is_session_changed},
        {"geo", geo},
        {"credentials_changed", are_credentials_changed}}},
      "configuration version {}: {} ({} added, {} removed), session changed: {}, geo {}, credentials "
      "changed: {}",
      now.version, counted(latest.user.rules.size(), "rule"), rules.added, rules.removed,
      yes_or_no(is_session_changed), geo, yes_or_no(are_credentials_changed));
}

void ChangeLog::warn(const config::UserNetworkConfig& config) {
  for (const auto& warning : config.warnings) {
    if (std::find(warnings_.begin(), warnings_.end(), warning) == warnings_.end())
      logger_.warn({"config_warning", {{"version", config.version}, {"reason", warning}}},
                   "configuration version {}: {}", config.version, warning);
  }
  warnings_ = config.warnings;
}

void ChangeLog::local_changed(const Known& now) {
  logger_.info({"local_rules_changed",
                {{"version", now.snapshot->version}, {"local_rules", now.snapshot->local_rules.size()}}},
               "configuration version {}: {} of this proxy's own", now.snapshot->version,
               counted(now.snapshot->local_rules.size(), "rule"));
  warn(*now.snapshot);
}

void ChangeLog::policy_changed(const Known& now) {
  const policy::PolicyTexts& texts = now.snapshot->policy->texts();
  logger_.info({"policy_changed",
                {{"version", now.snapshot->version},
                 {"block", texts.block.size()},
                 {"only", texts.only.size()},
                 {"only_audit", texts.audits_only},
                 {"budgets", texts.budgets.size()}}},
               "configuration version {}: the policy has {} to block and {} to allow only, audit: {}, and {}",
               now.snapshot->version, counted(texts.block.size(), "pattern"),
               counted(texts.only.size(), "pattern"), yes_or_no(texts.audits_only),
               counted(texts.budgets.size(), "budget"));
}

void ChangeLog::not_changed(const config::ApiError& error) const {
  logger_.info({"change_failed", {{"error", error.message}}}, "cannot change the configuration: {}",
               error.message);
}

void ChangeLog::unchanged(const Known& known) {
  recovered();
  logger_.debug({"poll_unchanged", {{"version", known.snapshot->version}}},
                "configuration version {} is still the API's", known.snapshot->version);
}

void ChangeLog::failed(const config::ApiError& error, const Known& known) {
  const LogField fields[] = {
      {"version", known.snapshot->version}, {"error", error.message}, {"status", error.status}};
  if (is_repeated(error)) {
    logger_.debug({"poll_failed", fields}, "still cannot refresh the configuration: {}", error.message);
    return;
  }
  logger_.warn({"poll_failed", fields}, "cannot refresh the configuration, version {} stays in use: {}",
               known.snapshot->version, error.message);
}

void ChangeLog::waiting_for_api(const config::ApiError& error, std::chrono::milliseconds left) {
  if (is_repeated(error)) {
    logger_.debug({"api_missing", {{"error", error.message}, {"wait_ms", left}}},
                  "still waiting for the API: {}", error.message);
    return;
  }
  logger_.warn({"api_missing", {{"error", error.message}, {"wait_ms", left}}},
               "waiting for the API, {} s at most: {}", std::chrono::ceil<std::chrono::seconds>(left).count(),
               error.message);
}

void ChangeLog::from_cache(const std::string& path, std::chrono::system_clock::duration age,
                           const config::ApiError& error, const config::UserNetworkConfig& config) {
  error_ = error;
  logger_.warn({"config_from_cache",
                {{"version", config.version},
                 {"path", path},
                 {"age_ms", std::chrono::duration_cast<std::chrono::milliseconds>(age)},
                 {"error", error.message}}},
               "starting with the configuration cached in {}, {} old: {}", printable(path), shown_age(age),
               error.message);
  warn(config);
}

void ChangeLog::cache_ignored(const std::string& why) const {
  logger_.warn({"cache_ignored", {{"reason", why}}}, "the cached configuration is ignored: {}", why);
}

void ChangeLog::cache_not_written(const std::string& why) const {
  logger_.warn({"cache_failed", {{"error", why}}}, "cannot cache the configuration: {}", why);
}

void ChangeLog::token_read(const std::string& error) const {
  if (error.empty()) {
    logger_.info("token_changed", "the token file has changed: the new token is in use");
  } else {
    logger_.warn({"token_failed", {{"error", error}}},
                 "cannot read a token from the changed token file, the old one stays in use: {}", error);
  }
}

void ChangeLog::waiting(std::chrono::milliseconds wait) const {
  logger_.debug({"poll_scheduled", {{"wait_ms", wait}}}, "next poll in {} ms", wait.count());
  logger_.log_suppressed(Logger::Suppressed::due);
}

void ChangeLog::recovered() {
  if (error_) logger_.info("poll_recovered", "the API responds again");
  error_.reset();
}

bool ChangeLog::is_repeated(const config::ApiError& error) {
  const bool repeated = error_ && config::same_error(*error_, error);
  error_ = error;
  return repeated;
}

}  // namespace aluvia::control
