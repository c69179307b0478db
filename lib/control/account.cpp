#include "control/account.hpp"

#include "config/user_change.hpp"
#include "control/policy_edit.hpp"

#include <random>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace aluvia::control {
namespace {

using config::ApiError;
using std::chrono::milliseconds;
using std::chrono::system_clock;
using Kind = ApiError::Kind;

// Limit of writes of a list of rules while other writers change it.
constexpr int most_tries = 6;

ApiError invalid(std::string message) {
  return {Kind::invalid, std::move(message)};
}

ApiError stopping() {
  return {Kind::not_running, "the proxy is stopping"};
}

ApiError conflict() {
  return {Kind::conflict, "cannot change the rules: other writers keep changing them; try later"};
}

ApiError unknown_rules() {
  return {Kind::bad_answer,
          "cannot change the rules one by one: the API does not list them; set the whole list"};
}

ApiError absent(const std::string& rule) {
  return invalid(fmt::format("there is no rule \"{}\"", printable(rule, 80)));
}

PollOutcome outcome_of(const ApiError* error) {
  if (!error) return PollOutcome::fine;
  return config::needs_owner(error->kind) ? PollOutcome::refused : PollOutcome::failed;
}

}  // namespace

Account::Account(ControlOptions options, std::unique_ptr<api::UserApi> api, const Logger& logger,
                 ConfigManager::Publish publish, Owner owner)
    : options_(std::move(options)),
      api_(std::move(api)),
      log_(logger),
      publish_(std::move(publish)),
      owner_(std::move(owner)),
      schedule_(options_.poll_interval, options_.longest_wait, std::random_device{}()) {
  if (!options_.config_cache.empty())
    cache_.emplace(options_.config_cache, options_.api_base_url + "\n" + options_.connection_id,
                   options_.token);
  if (!options_.token_file.empty()) token_file_.emplace(options_.token_file, options_.token);
}

// ---- fetching

// A rejected token may have been replaced after its file was read, so the file is read once more.
Response Account::ask() {
  read_token(TokenFile::When::changed);
  Response response = ask_once();
  const auto* error = std::get_if<ApiError>(&response);
  const bool refused = error && error->kind == Kind::token_refused;
  if (refused && read_token(TokenFile::When::always)) return ask_once();
  return response;
}

Response Account::ask_once() {
  const auto begun = std::chrono::steady_clock::now();
  Response response = interpret(api_->get_user(known_ ? known_->etag : std::string{}), known(), options_);
  count_poll(response, begun);
  return response;
}

void Account::poll() {
  (void)fetch();
}

Account::Failed Account::fetch() {
  retire(nullptr);
  Response response = ask();
  Failed failed;
  if (const auto* error = std::get_if<ApiError>(&response)) failed = *error;
  if (!owner_.run_unless_stopped([&] { apply(std::move(response)); })) return stopping();
  return failed;
}

void Account::apply(Response response) {
  const auto* error = std::get_if<ApiError>(&response);
  if (auto* change = std::get_if<Changed>(&response)) {
    install(std::move(*change));
  } else if (auto* same = std::get_if<Unchanged>(&response)) {
    if (same->etag) known_->etag = std::move(*same->etag);
    log_.unchanged(*known_);
    note_success(false);
    keep_in_cache(false);
  } else {
    log_.failed(*error, *known_);
    note_error(*error);
  }
  plan_wait(error);
  log_.waiting(wait_);
}

void Account::plan_wait(const ApiError* error) {
  const auto retry_after = error ? error->retry_after : std::nullopt;
  wait_ = schedule_.next_wait(outcome_of(error), retry_after);
  patience_ =
      retry_after ? std::chrono::steady_clock::now() + wait_ : std::chrono::steady_clock::time_point{};
  const std::lock_guard lock(mutex_);
  status_.next_poll_at = system_clock::now() + wait_;
}

// Does not publish the first snapshot: first() returns it.
void Account::install(Changed change) {
  const bool is_first = !known_;
  log_.changed(is_first ? nullptr : &*known_, change.now);
  if (!is_first) retire(known_->snapshot);
  known_ = std::move(change.now);
  note_success(true);
  if (publish_ && !is_first) publish_(known_->snapshot);
  keep_in_cache(true);
}

// Freeing 100,000 rules takes milliseconds, which the loop does not have: this thread always holds the last
// reference to a replaced snapshot. The first poll or change that finds no other reference drops it.
void Account::retire(config::Snapshot snapshot) {
  std::erase_if(retired_, [](const config::Snapshot& one) { return one.use_count() == 1; });
  if (snapshot) retired_.push_back(std::move(snapshot));
}

// ---- changing

config::ChangeResult Account::change(const config::Edit& edit) {
  before_ = known_->snapshot;
  auto result = dispatch(edit);
  if (result) result->before = std::move(before_);
  before_.reset();
  if (!result) owner_.run_unless_stopped([&] { log_.not_changed(result.error()); });
  return result;
}

config::ChangeResult Account::dispatch(const config::Edit& edit) {
  if (auto error = edit_error(edit); !error.empty()) return Err{invalid(std::move(error))};
  if (const auto* set = std::get_if<config::SetRules>(&edit)) return change_values({set->rules, {}, {}});
  if (const auto* set = std::get_if<config::SetSession>(&edit))
    return change_values({{}, set->session_id, {}});
  if (std::holds_alternative<config::RotateSession>(edit)) return change_values({{}, make_session_id(), {}});
  if (const auto* set = std::get_if<config::SetGeo>(&edit)) return change_values({{}, {}, set->geo});
  if (const auto* set = std::get_if<config::SetLocalRules>(&edit))
    return change_local(with_rules({}, set->rules));
  if (const auto* add = std::get_if<config::AddLocalRules>(&edit))
    return change_local(with_rules(options_.local_rules, add->rules));
  if (const auto* remove = std::get_if<config::RemoveLocalRules>(&edit)) {
    if (const auto* rule = first_absent(options_.local_rules, remove->rules)) return Err{absent(*rule)};
    return change_local(without_rules(options_.local_rules, remove->rules));
  }
  if (const auto* clear = std::get_if<config::ClearRules>(&edit); clear && clear->local)
    return change_local({}, options_.local_rules);
  if (is_policy_edit(edit)) return change_policy(edit);
  if (const auto* set = std::get_if<config::SetLearned>(&edit)) return change_learned(set->hosts);
  return change_rules(edit);
}

config::ChangeResult Account::change_values(const config::UserChange& change) {
  return result(send(change, {}));
}

// The API has one list, and every writer replaces it whole. So this function reads the list, changes it, and
// writes it on the condition that no other writer has written meanwhile (If-Match). It reads the list again
// after `change_pause`, because the API may ignore the condition, and repeats all steps until the list has
// the change.
config::ChangeResult Account::change_rules(const config::Edit& edit) {
  const auto* add = std::get_if<config::AddRules>(&edit);
  const auto* remove = std::get_if<config::RemoveRules>(&edit);
  std::optional<Rules> removed;
  if (!add && !remove) removed.emplace();
  std::string refused;  // the ETag that the API rejected as a condition
  for (int tries = 0;; ++tries) {
    if (auto failed = fetch()) return Err{std::move(*failed)};
    if (tries == 0) before_ = known_->snapshot;
    // Without the current list, a write would delete the rules in it.
    if (!known_->user.has_rules) return Err{unknown_rules()};
    const Rules& now = known_->user.rules;
    const auto* missing = remove && tries == 0 ? first_absent(now, remove->rules) : nullptr;
    if (missing) return Err{absent(*missing)};
    if (removed) removed = with_rules(std::move(*removed), now);
    Rules wanted = add ? with_rules(now, add->rules) : remove ? without_rules(now, remove->rules) : Rules{};
    if (wanted == now) return result({}, std::move(removed));
    if (add) {
      auto error = config::size_error(wanted);
      if (!error.empty()) return Err{invalid(std::move(error))};
    }
    if (tries == most_tries) return Err{conflict()};

    // Only a strong ETag can be a condition (RFC 9110 §13.1.1). The API does not understand a condition that
    // it rejects although the ETag is the newest.
    const bool condition = known_->etag.starts_with('"') && known_->etag != refused;
    const std::string etag = condition ? known_->etag : std::string{};
    auto failed = send({std::move(wanted), {}, {}}, etag);
    if (failed && failed->status != 412) return Err{std::move(*failed)};
    if (failed) refused = etag;
    if (!owner_.pause(options_.change_pause)) return Err{stopping()};
  }
}

config::ChangeResult Account::change_local(Rules rules, std::optional<Rules> removed) {
  if (rules == options_.local_rules) return result({}, std::move(removed));
  if (auto error = config::local_rules_error(rules); !error.empty()) return Err{invalid(std::move(error))};
  auto failed = install_local(std::move(rules), options_.policy, &ChangeLog::local_changed);
  return result(std::move(failed), std::move(removed));
}

config::ChangeResult Account::change_policy(const config::Edit& edit) {
  policy::PolicyTexts now = options_.policy ? options_.policy->texts() : policy::PolicyTexts();
  now.price = options_.price;
  auto wanted = edited_policy(now, edit);
  if (!wanted) return Err{invalid(std::move(wanted.error()))};
  if (*wanted == now) return result({});
  auto policy = std::make_shared<const policy::Policy>(std::move(*wanted));
  return result(install_local(options_.local_rules, std::move(policy), &ChangeLog::policy_changed));
}

// The proxy logs what it has learned, and why.
config::ChangeResult Account::change_learned(std::vector<std::string> hosts) {
  if (options_.learned == hosts) return result({});
  options_.learned = std::move(hosts);
  return result(install_local(options_.local_rules, options_.policy, nullptr));
}

// Publishes a snapshot of the known configuration with other local rules, another policy or other learned
// hosts.
Account::Failed Account::install_local(Rules rules, policy::SharedPolicy policy, Logged logged) {
  auto snapshot =
      make_snapshot(known_->user, options_, rules, policy, known_->etag, known_->snapshot->version + 1);
  const bool done = owner_.run_unless_stopped([&] {
    options_.local_rules = std::move(rules);
    options_.policy = std::move(policy);
    retire(std::exchange(known_->snapshot, std::move(snapshot)));
    if (logged) (log_.*logged)(*known_);
    {
      const std::lock_guard lock(mutex_);
      status_.version = known_->snapshot->version;
    }
    if (publish_) publish_(known_->snapshot);
  });
  return done ? Failed() : Failed(stopping());
}

config::ChangeResult Account::result(Failed failed, std::optional<Rules> removed) const {
  if (failed) return Err{std::move(*failed)};
  return config::ChangedConfig{known_->snapshot, std::move(removed)};
}

Account::Failed Account::send(const config::UserChange& change, const std::string& etag) {
  auto reply = api_->update(change, etag);
  if (reply) return interpret_update(std::move(*reply));
  return std::get<ApiError>(interpret(std::move(reply), known(), options_, Asked::change));
}

// Fetches the configuration after a success without a configuration, because the result of the change is
// unknown, and after a rejected token, because it concerns more than the change.
Account::Failed Account::interpret_update(api::ApiReply reply) {
  const bool success = reply.status >= 200 && reply.status < 300;
  if (success) reply.status = 200;
  Response response = interpret(std::move(reply), known(), options_, Asked::change);
  const auto* error = std::get_if<ApiError>(&response);
  if (!error) {
    const bool done = owner_.run_unless_stopped([&] { apply(std::move(response)); });
    return done ? Failed() : Failed(stopping());
  }
  if (success) return fetch();
  if (config::needs_owner(error->kind)) (void)fetch();
  return *error;
}

// ---- status

config::ControlStatus Account::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

telemetry::PollMetrics Account::polls() const {
  const std::lock_guard lock(mutex_);
  return polls_;
}

void Account::count_poll(const Response& response, std::chrono::steady_clock::time_point begun) {
  const auto time =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
  const std::lock_guard lock(mutex_);
  polls_.duration.observe(time);
  ++(std::holds_alternative<Changed>(response)     ? polls_.changed
     : std::holds_alternative<Unchanged>(response) ? polls_.unchanged
                                                   : polls_.failed);
}

void Account::note_success(bool changed) {
  const auto now = system_clock::now();
  const std::lock_guard lock(mutex_);
  status_.version = known_->snapshot->version;
  if (changed || status_.from_cache) status_.fetched_at = now;
  status_.from_cache = false;
  status_.cached_at.reset();
  status_.confirmed_at = status_.last_poll_at = now;
  status_.failures_in_row = 0;
  status_.error.reset();
}

void Account::note_error(ApiError error) {
  // A configuration that belongs to a rejected token must not be used again.
  if (cache_ && error.kind == Kind::token_refused) cache_->discard();
  // A poll changes nothing that the API could reject.
  if (error.kind == Kind::rejected) error.kind = Kind::api_error;
  const std::lock_guard lock(mutex_);
  status_.last_poll_at = system_clock::now();
  ++status_.failures_in_row;
  status_.error = std::move(error);
}

}  // namespace aluvia::control
