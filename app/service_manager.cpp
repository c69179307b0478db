#include "service_manager.hpp"

#include "base/number.hpp"
#include "base/visible.hpp"
#include "standard_streams.hpp"
#include "take_variable.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// A service manager reads 4096 bytes of a message.
constexpr std::size_t longest_status = 2000;
// Time that a start or a stop takes besides the options' times.
constexpr milliseconds allowance{30'000};

// Returns the watchdog interval; zero without a watchdog, or with one for another process.
microseconds take_watchdog() {
  const auto interval = parse_number<std::uint64_t>(take_variable("WATCHDOG_USEC")).value_or(0);
  const std::string process = take_variable("WATCHDOG_PID");
  const bool is_ours =
      process.empty() || parse_number<std::uint64_t>(process) == static_cast<std::uint64_t>(::getpid());
  constexpr std::uint64_t longest = microseconds(std::chrono::hours(24 * 365)).count();
  return microseconds(is_ours ? std::min(interval, longest) : 0);
}

std::unique_ptr<NotifySocket> take_socket() {
  const std::string address = take_variable("NOTIFY_SOCKET");
  return address.empty() ? std::make_unique<NotifySocket>() : std::make_unique<NotifySocket>(address);
}

// Makes one line of valid UTF-8: drops a character that the limit would cut.
std::string status_field(std::string_view message) {
  const std::string text = visible(message);
  const bool is_cut = text.size() > longest_status;
  std::string out = text.substr(0, longest_status);
  const auto is_inside = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  for (std::size_t at = longest_status; is_cut && at > 0 && is_inside(at); --at) out.pop_back();
  return "STATUS=" + out + "\n";
}

std::string extend_timeout_field(milliseconds time) {
  return fmt::format("EXTEND_TIMEOUT_USEC={}\n", microseconds(time + allowance).count());
}

// Returns the field with which a service manager matches the message to a reload (monotonic clock).
std::string monotonic_field() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return fmt::format("MONOTONIC_USEC={}\n", now.tv_sec * 1'000'000 + now.tv_nsec / 1000);
}

int error_of(ExitStatus status) {
  if (status == bad_usage) return EINVAL;
  if (status == bad_api_answer) return EPROTO;
  return status == token_refused ? EKEYREJECTED : 0;
}

}  // namespace

ServiceManager::ServiceManager() : socket_(take_socket()), watchdog_(take_watchdog()) {}

void ServiceManager::starting(milliseconds patience) {
  std::string message = status_field("starting: asking the API for the configuration");
  if (patience > milliseconds::zero()) message += extend_timeout_field(patience);
  say(message, Patience::a_second);
}

void ServiceManager::ready() {
  say("READY=1\n", Patience::a_second);
}

// With several reloads at a time, the last one to end reports ready.
std::function<void()> ServiceManager::reloading() {
  ++reloads_;
  say("RELOADING=1\n" + monotonic_field(), Patience::a_second);
  return [this] {
    if (--reloads_ == 0) ready();
  };
}

agent::HeartbeatOptions ServiceManager::heartbeat(milliseconds grace) {
  if (!socket_->is_there()) return {};
  const auto half = std::chrono::ceil<milliseconds>(watchdog_ / 2);
  return {half, [this, grace](const std::string& status, bool stopping) { pass_on(status, stopping, grace); },
          [this](const std::string& reason) {
            say(status_field("starting: waiting for the API: " + reason), Patience::none);
          }};
}

void ServiceManager::pass_on(const std::string& status, bool stopping, milliseconds grace) {
  std::string message = status_field(status);
  if (watchdog_ > microseconds::zero()) message += "WATCHDOG=1\n";
  if (stopping && !stop_told_) message += "STOPPING=1\n" + extend_timeout_field(grace);
  const bool told = say(message, Patience::none);
  stop_told_ = stopping && told;
}

ExitStatus ServiceManager::failed(ExitStatus status, std::string_view message,
                                  const FailureDetails& details) {
  const int known = details.error_number != 0 ? details.error_number : error_of(status);
  std::string text = status_field(message);
  if (known != 0) text += fmt::format("ERRNO={}\n", known);
  say(text, Patience::a_second);
  if (logger_.format() == LogFormat::text) return complain(status, message);
  const std::string next = next_after(status);
  logger_.fatal({"failed",
                 {{"error", details.error.empty() ? error_name(status) : details.error},
                  {"status", details.http_status},
                  {"exit", int{status}},
                  {"next", next}}},
                message);
  return status;
}

bool ServiceManager::say(const std::string& message, Patience patience) {
  const std::error_code error = socket_->send(message, patience);
  const bool was_in_trouble = in_trouble_.exchange(static_cast<bool>(error));
  if (error && !was_in_trouble)
    logger_.warn({"notify_failed", {{"error", error.message()}}},
                 "the service manager cannot be told how the proxy is (NOTIFY_SOCKET): {}", error.message());
  return !error;
}

}  // namespace aluvia::app
