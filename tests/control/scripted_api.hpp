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
  made.body = std::move(body);
  made.etag = std::move(etag);
  return made;
}

using Step = Result<api::ApiReply, api::ApiFailure>;

// What the script, the test and the API object share; outlives a thread that is left behind.
struct Stage {
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
  explicit ScriptedApi(std::shared_ptr<Stage> stage) : stage_(std::move(stage)) {}

  Result<api::ApiReply, api::ApiFailure> get_user(const std::string& etag) override {
    std::unique_lock lock(stage_->mutex);
    stage_->overlapped = stage_->overlapped || ++stage_->active > 1;
    stage_->etags.push_back(etag);
    stage_->changed.notify_all();
    stage_->changed.wait(lock, [&] { return !stage_->block || (stage_->cancelled && !stage_->deaf); });
    --stage_->active;
    if (stage_->cancelled && !stage_->deaf)
      return Err{api::ApiFailure{api::ApiFailure::Kind::cancelled, "cancelled"}};
    Step step = stage_->steps.front();
    if (stage_->steps.size() > 1) stage_->steps.pop_front();
    return step;
  }
  Result<api::ApiReply, api::ApiFailure> update(const config::UserChange& change,
                                                const std::string& etag) override {
    const std::lock_guard lock(stage_->mutex);
    stage_->updates.push_back({config::encode_user_change(change), etag});
    Step step = stage_->update_steps.front();
    if (stage_->update_steps.size() > 1) stage_->update_steps.pop_front();
    return step;
  }
  void use_token(Secret token) override {
    const std::lock_guard lock(stage_->mutex);
    stage_->tokens.emplace_back(token.reveal());
  }
  void cancel() noexcept override {
    const std::lock_guard lock(stage_->mutex);
    stage_->cancelled = true;
    stage_->changed.notify_all();
  }

 private:
  std::shared_ptr<Stage> stage_;
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

struct Bench {
  explicit Bench(std::initializer_list<Step> steps, std::chrono::milliseconds interval = 2ms,
                 LogLevel level = LogLevel::debug, ControlOptions options = {}) {
    for (const auto& step : steps) stage->steps.push_back(step);
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
    manager = std::make_unique<ConfigManager>(std::move(options), std::make_unique<ScriptedApi>(stage),
                                              logger, [record = record](config::Snapshot snapshot) {
                                                const std::lock_guard lock(record->mutex);
                                                record->published.push_back(std::move(snapshot));
                                                record->changed.notify_all();
                                              });
  }
  ~Bench() {
    manager.reset();
    stage->release();
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

  std::shared_ptr<Stage> stage = std::make_shared<Stage>();
  std::shared_ptr<Record> record = std::make_shared<Record>();
  std::unique_ptr<ConfigManager> manager;
};

inline const Step kFirst = reply(200, body_with(R"(["*.example.com"])"), "\"a\"");
inline const Step kNotModified = reply(304);

}  // namespace aluvia::control::testing
