#include "control/account.hpp"

#include "config/user_change.hpp"
#include "control/session_id.hpp"

#include <exception>
#include <random>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace aluvia::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

// How often a list of rules is sent where others change it at the same time.
constexpr int most_tries = 6;

config::ChangeError invalid(std::string sentence) {
  return {config::ChangeError::Kind::invalid, std::nullopt, std::move(sentence), {}, std::nullopt};
}

config::ChangeError stopped() {
  return {config::ChangeError::Kind::not_running, std::nullopt, "the proxy is stopping", {}, std::nullopt};
}

config::ChangeError conflict() {
  return {config::ChangeError::Kind::conflict,
          std::nullopt,
          "somebody else changes the rules at the same time, again and again: try later",
          {},
          std::nullopt};
}

config::ChangeError unknown_rules() {
  return {config::ChangeError::Kind::bad_answer,
          std::nullopt,
          "the rules cannot be changed one by one: the API's answer does not name them; set the whole list",
          {},
          std::nullopt};
}

config::ChangeError absent(const std::string& rule) {
  return invalid(fmt::format("there is no rule \"{}\"", printable(rule, 80)));
}

Problem out_of_memory() {
  return {{InitError::Kind::api_error, std::nullopt, "the API could not be asked: out of memory or threads"},
          "internal",
          PollOutcome::failed,
          std::nullopt,
          {}};
}

config::ControlStatus::Trouble trouble_of(const Problem& problem) {
  using Trouble = config::ControlStatus::Trouble;
  switch (change_error(problem).kind) {
    case config::ChangeError::Kind::token_refused:
      return Trouble::token_refused;
    case config::ChangeError::Kind::payment_required:
      return Trouble::payment_required;
    case config::ChangeError::Kind::rate_limited:
      return Trouble::rate_limited;
    case config::ChangeError::Kind::unreachable:
      return Trouble::unreachable;
    case config::ChangeError::Kind::bad_answer:
      return Trouble::bad_answer;
    default:
      return Trouble::api_error;
  }
}

}  // namespace

Account::Account(ControlOptions options, std::unique_ptr<api::UserApi> api, const Logger& logger,
                 ConfigManager::Publish publish, Owner owner)
    : options_(std::move(options)),
      api_(std::move(api)),
      log_(logger),
      publish_(std::move(publish)),
      owner_(std::move(owner)),
      schedule_(options_.poll_interval, options_.longest_wait, std::random_device{}()),
      wait_(options_.poll_interval) {
  if (!options_.config_cache.empty())
    cache_.emplace(options_.config_cache, options_.api_base_url + "\n" + options_.connection_id,
                   options_.token);
  if (!options_.token_file.empty()) token_file_.emplace(options_.token_file, options_.token);
}

// ---- asking

// A token that is refused may have been replaced between the look at its file and the call.
Answer Account::ask() {
  read_token(TokenFile::When::changed);
  Answer answer = ask_once();
  const auto* problem = std::get_if<Problem>(&answer);
  const bool refused = problem && problem->error.kind == InitError::Kind::token_refused;
  if (refused && read_token(TokenFile::When::always)) return ask_once();
  return answer;
}

// An API that throws, or no memory for a snapshot, is one more poll that failed.
Answer Account::ask_once() {
  try {
    auto result = api_->get_user(known_ ? known_->etag : std::string{});
    return understand(std::move(result), known_ ? &*known_ : nullptr, options_);
  } catch (const std::exception&) {
    return out_of_memory();
  }
}

void Account::poll() {
  (void)fetch();
}

Account::Failed Account::fetch() {
  retire(nullptr);
  Answer answer = ask();
  Failed failed;
  if (const auto* problem = std::get_if<Problem>(&answer)) failed = change_error(*problem);
  if (!owner_.turn([&] { absorb(std::move(answer)); })) return stopped();
  return failed;
}

void Account::absorb(Answer answer) {
  wait_ = options_.poll_interval;  // for the case that what follows throws
  auto outcome = PollOutcome::fine;
  std::optional<std::chrono::seconds> retry_after;
  if (auto* change = std::get_if<Changed>(&answer)) {
    adopt(std::move(*change));
  } else if (auto* same = std::get_if<Unchanged>(&answer)) {
    if (same->etag) known_->etag = std::move(*same->etag);
    log_.unchanged(*known_);
    note_fine(false);
    keep_in_cache(false);
  } else {
    const auto& problem = std::get<Problem>(answer);
    log_.failed(problem, &*known_);
    note_problem(problem);
    outcome = problem.outcome;
    retry_after = problem.retry_after;
  }
  plan_wait(outcome, retry_after);
  log_.waiting(wait_);
}

void Account::plan_wait(PollOutcome outcome, std::optional<std::chrono::seconds> retry_after) {
  wait_ = schedule_.next_wait(outcome, retry_after);
  patience_ =
      retry_after ? std::chrono::steady_clock::now() + wait_ : std::chrono::steady_clock::time_point{};
  const std::lock_guard lock(mutex_);
  status_.next_poll_at = system_clock::now() + wait_;
}

// The first one is not published: it is the answer of first().
void Account::adopt(Changed change) {
  const bool is_first = !known_;
  log_.changed(is_first ? nullptr : &*known_, change.now);
  if (!is_first) retire(known_->snapshot);
  known_ = std::move(change.now);
  note_fine(true);
  if (publish_ && !is_first) publish_(known_->snapshot);
  keep_in_cache(true);
}

// Freeing 100,000 rules takes milliseconds, which the loop does not have: the last reference to a snapshot
// that was replaced is always this thread's. It goes with the first poll or change that finds no other.
void Account::retire(config::Snapshot snapshot) {
  std::erase_if(retired_, [](const config::Snapshot& one) { return one.use_count() == 1; });
  if (snapshot) retired_.push_back(std::move(snapshot));
}

// ---- changing

config::ChangeResult Account::change(const config::Edit& edit) {
  config::ChangeResult result = Err{change_error(out_of_memory())};
  try {
    result = dispatch(edit);
  } catch (const std::exception&) {
  }
  if (!result) owner_.turn([&] { log_.not_changed(result.error()); });
  return result;
}

config::ChangeResult Account::dispatch(const config::Edit& edit) {
  if (auto complaint = complaint_about(edit); !complaint.empty()) return Err{invalid(std::move(complaint))};
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
    return clear_local_rules(*clear);
  return change_rules(edit);
}

config::ChangeResult Account::change_values(const config::UserChange& change) {
  return told(send(change, {}));
}

// The API has one list, and whoever writes it replaces it. So: read, change, write on the condition that
// nobody has written meanwhile, and read once more a moment later, because the API may not know the
// condition; as long as the list is not what was asked for, again.
config::ChangeResult Account::change_rules(const config::Edit& edit) {
  const auto* add = std::get_if<config::AddRules>(&edit);
  const auto* remove = std::get_if<config::RemoveRules>(&edit);
  const auto* clear = std::get_if<config::ClearRules>(&edit);
  std::string refused;  // the ETag that the API would not take as a condition
  for (int tries = 0;; ++tries) {
    if (auto failed = fetch()) return Err{std::move(*failed)};
    // A list that is not known must not be replaced by one made of nothing.
    if (!known_->user.has_rules) return Err{unknown_rules()};
    const Rules& now = known_->user.rules;
    const auto* missing = remove && tries == 0 ? first_absent(now, remove->rules) : nullptr;
    if (missing) return Err{absent(*missing)};
    if (clear && clear->removed) *clear->removed = with_rules(std::move(*clear->removed), now);
    Rules wanted = add ? with_rules(now, add->rules) : remove ? without_rules(now, remove->rules) : Rules{};
    if (wanted == now) return known_->snapshot;
    if (add) {
      auto complaint = config::complaint_about_size(wanted);
      if (!complaint.empty()) return Err{invalid(std::move(complaint))};
    }
    if (tries == most_tries) return Err{conflict()};

    // Only a strong ETag can be a condition (RFC 9110 §13.1.1), and one that is refused though it is the
    // newest is none that the API understands.
    const bool condition = known_->etag.starts_with('"') && known_->etag != refused;
    const std::string etag = condition ? known_->etag : std::string{};
    auto failed = send({std::move(wanted), {}, {}}, etag);
    if (failed && failed->status != 412) return Err{std::move(*failed)};
    if (failed) refused = etag;
    if (!owner_.pause(options_.change_pause)) return Err{stopped()};
  }
}

config::ChangeResult Account::change_local(Rules rules) {
  if (rules == options_.local_rules) return known_->snapshot;
  if (auto complaint = config::complaint_about_rules(rules); !complaint.empty())
    return Err{invalid(std::move(complaint))};
  auto snapshot = make_snapshot(known_->user, options_, rules, known_->etag, known_->snapshot->version + 1);
  const bool done = owner_.turn([&] {
    options_.local_rules = std::move(rules);
    retire(std::exchange(known_->snapshot, std::move(snapshot)));
    log_.local_changed(*known_);
    {
      const std::lock_guard lock(mutex_);
      status_.version = known_->snapshot->version;
    }
    if (publish_) publish_(known_->snapshot);
  });
  return told(done ? Failed() : Failed(stopped()));
}

config::ChangeResult Account::clear_local_rules(const config::ClearRules& clear) {
  if (clear.removed) *clear.removed = options_.local_rules;
  return change_local({});
}

config::ChangeResult Account::told(Failed failed) const {
  if (failed) return Err{std::move(*failed)};
  return known_->snapshot;
}

Account::Failed Account::send(const config::UserChange& change, const std::string& etag) {
  try {
    auto reply = api_->update(change, etag);
    if (reply) return understand_update(std::move(*reply));
    return change_error(std::get<Problem>(
        understand(std::move(reply), known_ ? &*known_ : nullptr, options_, Asked::change)));
  } catch (const std::exception&) {
    return change_error(out_of_memory());
  }
}

// An answer that shows no configuration leaves open what was made of it, and a refused token is not only the
// change's concern: both are asked for at once.
Account::Failed Account::understand_update(api::ApiReply reply) {
  const bool success = reply.status >= 200 && reply.status < 300;
  if (success) reply.status = 200;
  Answer answer = understand(std::move(reply), known_ ? &*known_ : nullptr, options_, Asked::change);
  const auto* problem = std::get_if<Problem>(&answer);
  if (!problem) return owner_.turn([&] { absorb(std::move(answer)); }) ? Failed() : Failed(stopped());
  if (success) return fetch();
  if (problem->outcome == PollOutcome::refused) (void)fetch();
  return change_error(*problem);
}

// ---- status

config::ControlStatus Account::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Account::note_fine(bool changed) {
  const auto now = system_clock::now();
  const std::lock_guard lock(mutex_);
  status_.version = known_->snapshot->version;
  if (changed || status_.from_cache) status_.fetched_at = now;
  status_.from_cache = false;
  status_.cached_at.reset();
  status_.confirmed_at = status_.last_poll_at = now;
  status_.failures_in_row = 0;
  status_.trouble = config::ControlStatus::Trouble::none;
  status_.http_status.reset();
  status_.reason.clear();
  status_.claim_url.clear();
}

void Account::note_problem(const Problem& problem) {
  // What belongs to a refused token is not to be used again.
  if (cache_ && problem.error.kind == InitError::Kind::token_refused) cache_->discard();
  const std::lock_guard lock(mutex_);
  status_.last_poll_at = system_clock::now();
  ++status_.failures_in_row;
  status_.trouble = trouble_of(problem);
  status_.http_status = problem.error.status;
  status_.reason = problem.error.message;
  status_.claim_url = problem.claim_url;
}

}  // namespace aluvia::control
