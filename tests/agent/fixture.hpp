// A sandbox, and the options of a client that uses it. The poll interval is so long that every poll seen is
// one that the test asked for.
#pragma once

#include "agent/agent_connect_client.hpp"
#include "sandbox/client.hpp"
#include "sandbox/sandbox.hpp"

#include <future>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace aluvia::agent::test {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// Log lines, from any thread.
class Log {
 public:
  Logger logger() {
    return Logger(
        LogLevel::debug, LogFormat::text, [this](std::string_view line) { add(line); },
        &std::chrono::system_clock::now);
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  void add(std::string_view line) {
    const std::lock_guard lock(mutex_);
    text_ += line;
  }

  mutable std::mutex mutex_;
  std::string text_;
};

struct Fixture {
  explicit Fixture(std::vector<std::string> rules = {})
      : box(sandbox::SandboxOptions{.token = "token-1", .rules = std::move(rules)}) {
    const auto started = box.start();
    INFO((started ? std::string() : started.error()));
    REQUIRE(started);
  }

  AgentConnectClientOptions options() const {
    AgentConnectClientOptions out;
    out.token = Secret("token-1");
    out.api_base_url = box.api_url();
    out.poll_interval = std::chrono::hours(1);
    out.gateway_host = "127.0.0.1";
    out.gateway_port = box.ports().gateway;
    out.dns_servers = "127.0.0.1:" + std::to_string(box.ports().dns);
    out.allow_loopback_names = true;  // that server leads every name to this machine
    return out;
  }

  std::string authority(const std::string& host) const {
    return host + ":" + std::to_string(box.ports().origin);
  }
  std::string get(const std::string& host) const {
    return "GET http://" + authority(host) + "/ HTTP/1.1\r\nHost: " + authority(host) + "\r\n\r\n";
  }
  std::string connect(const std::string& host) const {
    return "CONNECT " + authority(host) + " HTTP/1.1\r\nHost: " + authority(host) + "\r\n\r\n";
  }
  /// Returns the route of the last request at the origin.
  sandbox::Route route() const { return box.requests().back().route; }
  bool polled(std::uint64_t times) const {
    return box.wait_for([&](const sandbox::Record& record) { return record.polls >= times; });
  }

  sandbox::Sandbox box;
};

/// Returns true if the port accepts no connections.
inline bool is_closed(std::uint16_t port) {
  try {
    sandbox::test::Client client(port);
    return false;
  } catch (...) {
    return true;
  }
}

/// Runs `work` on a thread of its own and says whether it came to its end in time.
template <class Work>
bool ends_within(std::chrono::milliseconds limit, Work work) {
  auto done = std::async(std::launch::async, std::move(work));
  return done.wait_for(limit) == std::future_status::ready;
}

}  // namespace aluvia::agent::test
