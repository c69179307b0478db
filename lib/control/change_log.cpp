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
    logger_.info("configuration version {}: {}, session {}, geo {}", now.version,
                 counted(latest.user.rules.size(), "rule"), now.session_id ? "set" : "none", shown_geo(now));
  } else {
    const auto& old = *before->snapshot;
    const auto rules = compare(before->user.rules, latest.user.rules);
    logger_.info(
        "configuration version {}: {} ({} added, {} removed), session changed: {}, geo {}, credentials "
        "changed: {}",
        now.version, counted(latest.user.rules.size(), "rule"), rules.added, rules.removed,
        yes_or_no(now.session_id != old.session_id), shown_geo(now),
        yes_or_no(!(now.gateway_authorization == old.gateway_authorization)));
  }
  warn(now);
}

void ChangeLog::warn(const config::UserNetworkConfig& config) {
  for (const auto& warning : config.warnings) {
    if (std::find(warnings_.begin(), warnings_.end(), warning) == warnings_.end())
      logger_.warn("configuration version {}: {}", config.version, warning);
  }
  warnings_ = config.warnings;
}

void ChangeLog::local_changed(const Known& now) {
  logger_.info("configuration version {}: {} of this proxy's own", now.snapshot->version,
               counted(now.snapshot->local_rules.size(), "rule"));
  warn(*now.snapshot);
}

void ChangeLog::not_changed(const config::ApiError& error) const {
  logger_.info("cannot change the configuration: {}", error.message);
}

void ChangeLog::unchanged(const Known& known) {
  recovered();
  logger_.debug("configuration version {} is still the API's", known.snapshot->version);
}

void ChangeLog::failed(const config::ApiError& error, const Known& known) {
  if (is_repeated(error)) {
    logger_.debug("still cannot refresh the configuration: {}", error.message);
    return;
  }
  logger_.warn("cannot refresh the configuration, version {} stays in use: {}", known.snapshot->version,
               error.message);
}

void ChangeLog::waiting_for_api(const config::ApiError& error, std::chrono::milliseconds left) {
  if (is_repeated(error)) {
    logger_.debug("still waiting for the API: {}", error.message);
    return;
  }
  logger_.warn("waiting for the API, {} s at most: {}", std::chrono::ceil<std::chrono::seconds>(left).count(),
               error.message);
}

void ChangeLog::from_cache(const std::string& path, std::chrono::system_clock::duration age,
                           const config::ApiError& error, const config::UserNetworkConfig& config) {
  error_ = error;
  logger_.warn("starting with the configuration cached in {}, {} old: {}", printable(path), shown_age(age),
               error.message);
  warn(config);
}

void ChangeLog::cache_ignored(const std::string& why) const {
  logger_.warn("the cached configuration is ignored: {}", why);
}

void ChangeLog::cache_not_written(const std::string& why) const {
  logger_.warn("cannot cache the configuration: {}", why);
}

void ChangeLog::token_read(const std::string& error) const {
  if (error.empty()) {
    logger_.info("the token file has changed: the new token is in use");
  } else {
    logger_.warn("cannot read a token from the changed token file, the old one stays in use: {}", error);
  }
}

void ChangeLog::waiting(std::chrono::milliseconds wait) const {
  logger_.debug("next poll in {} ms", wait.count());
  logger_.log_suppressed(Logger::Suppressed::due);
}

void ChangeLog::recovered() {
  if (error_) logger_.info("the API responds again");
  error_.reset();
}

bool ChangeLog::is_repeated(const config::ApiError& error) {
  const bool repeated = error_ && config::same_error(*error_, error);
  error_ = error;
  return repeated;
}

}  // namespace aluvia::control
