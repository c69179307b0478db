// An API written for the test, and a manager that asks it: order, state, threads. No sockets.
#pragma once

#include "control/config_manager.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <catch2/catch.hpp>

namespace aluvia::control::testing {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

inline std::string body_with(std::string_view rules, std::string_view session = "null",
                             std::string_view password = "hunter2") {
  return R"({"proxy_username":"user-zq1","proxy_password":")" + std::string(password) + R"(","rules":)" +
         std::string(rules) + R"(,"session_id":)" + std::string(session) + R"(,"target_geo":"us-ny"})";
}

inline api::ApiReply reply(int status, std::string body = "", std::string etag = "") {
  api::ApiReply made;
  made.status = status;
  made.body = aluvia::SecretString(body);
  made.etag = std::move(etag);
  return made;
}

using Step = Result<api::ApiReply, config::ApiError>;

// State that the script, the test and the API object share; outlives a thread that is left behind.
struct FakeApiScript {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Step> steps;
  std::vector<std::string> etags;
  struct Update {
    std::string body;
    std::string etag;  // of If-Match
  };
  std::deque<Step> update_steps;
  std::vector<Update> updates;
  std::vector<std::string> tokens;  // that were given later
  int active = 0;
  bool overlapped = false;
  bool block = false;  // get_user() hangs
  bool deaf = false;   // … and cancel() does not end it, like a look-up
  bool cancelled = false;

  template <class Condition>
  bool reached(Condition condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 5s, condition);
  }
  bool asked(std::size_t times) {
    return reached([&] { return etags.size() >= times; });
  }
  void release() {
    const std::lock_guard lock(mutex);
    block = false;
    changed.notify_all();
  }
  void then(Step step) {
    const std::lock_guard lock(mutex);
    steps.push_back(std::move(step));
  }
};

// Plays the steps in order and repeats the last one.
class ScriptedApi final : public api::UserApi {
 public:
  explicit ScriptedApi(std::shared_ptr<FakeApiScript> script) : script_(std::move(script)) {}

  Result<api::ApiReply, config::ApiError> get_user(const std::string& etag) override {
    std::unique_lock lock(script_->mutex);
    script_->overlapped = script_->overlapped || ++script_->active > 1;
    script_->etags.push_back(etag);
    script_->changed.notify_all();
    script_->changed.wait(lock, [&] { return !script_->block || (script_->cancelled && !script_->deaf); });
    --script_->active;
    if (script_->cancelled && !script_->deaf)
      return Err{config::ApiError{config::ApiError::Kind::not_running, "cancelled"}};
    Step step = script_->steps.front();
    if (script_->steps.size() > 1) script_->steps.pop_front();
    return step;
  }
  Result<api::ApiReply, config::ApiError> update(const config::UserChange& change,
                                                 const std::string& etag) override {
    const std::lock_guard lock(script_->mutex);
    script_->updates.push_back({config::encode_user_change(change), etag});
    Step step = script_->update_steps.front();
    if (script_->update_steps.size() > 1) script_->update_steps.pop_front();
    return step;
  }
  void use_token(Secret token) override {
    const std::lock_guard lock(script_->mutex);
    script_->tokens.emplace_back(token.reveal());
  }
  void cancel() noexcept override {
    const std::lock_guard lock(script_->mutex);
    script_->cancelled = true;
    script_->changed.notify_all();
  }

 private:
  std::shared_ptr<FakeApiScript> script_;
};

// Log lines and snapshots as they come.
struct Record {
  std::mutex mutex;
  std::condition_variable changed;
  std::string log;
  std::vector<config::Snapshot> published;

  bool published_times(std::size_t times) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 5s, [&] { return published.size() >= times; });
  }
  bool logged(const std::string& text) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 5s, [&] { return log.find(text) != std::string::npos; });
  }
  int count(const std::string& text) {
    const std::lock_guard lock(mutex);
    int n = 0;
    for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++n;
    return n;
  }
};

struct Fixture {
  explicit Fixture(std::initializer_list<Step> steps, std::chrono::milliseconds interval = 2ms,
                   LogLevel level = LogLevel::debug, ControlOptions options = {}) {
    for (const auto& step : steps) script->steps.push_back(step);
    options.poll_interval = interval;
    options.change_pause = 1ms;
    options.longest_wait = 10ms;
    options.refresh_gap = 1ms;
    Logger logger(
        level, LogFormat::text,
        [record = record](std::string_view line) {
          const std::lock_guard lock(record->mutex);
          record->log += line;
          record->changed.notify_all();
        },
        nullptr);
    manager = std::make_unique<ConfigManager>(std::move(options), std::make_unique<ScriptedApi>(script),
                                              logger, [record = record](config::Snapshot snapshot) {
                                                const std::lock_guard lock(record->mutex);
                                                record->published.push_back(std::move(snapshot));
                                                record->changed.notify_all();
                                              });
  }
  ~Fixture() {
    manager.reset();
    script->release();
  }
  void start() {
    REQUIRE(manager->init());
    manager->start_polling();
  }
  config::ChangeResult change(config::Edit edit) {
    auto told = std::make_shared<std::promise<config::ChangeResult>>();
    auto result = told->get_future();
    manager->change(std::move(edit),
                    [told](config::ChangeResult answer) { told->set_value(std::move(answer)); });
    REQUIRE(result.wait_for(5s) == std::future_status::ready);
    return result.get();
  }

  std::shared_ptr<FakeApiScript> script = std::make_shared<FakeApiScript>();
  std::shared_ptr<Record> record = std::make_shared<Record>();
  std::unique_ptr<ConfigManager> manager;
};

inline const Step kFirst = reply(200, body_with(R"(["*.example.com"])"), "\"a\"");
inline const Step kNotModified = reply(304);

}  // namespace aluvia::control::testing
