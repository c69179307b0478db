// Fixture for tests of the gateway's errors.
#pragma once

#include "proxy_fixture.hpp"

#include <mutex>

namespace aluvia::test {

inline const std::string connect = "CONNECT www.site.test:443 HTTP/1.1\r\nHost: www.site.test:443\r\n\r\n";
inline const std::string get = "GET http://www.site.test/ HTTP/1.1\r\nHost: www.site.test\r\n\r\n";

inline proxy::Limits short_pauses() {
  proxy::Limits limits;
  limits.gateway_pause = std::chrono::milliseconds(5);
  limits.gateway_try = std::chrono::milliseconds(100);
  return limits;
}

/// Fetches of the configuration: the test says when each of them ends.
struct Account {
  std::mutex mutex;
  std::vector<std::function<void()>> asked;

  proxy::CredentialRefresh::Request request() {
    return [this](std::function<void()> done) {
      const std::lock_guard lock(mutex);
      asked.push_back(std::move(done));
    };
  }
  std::size_t times() {
    const std::lock_guard lock(mutex);
    return asked.size();
  }
};

/// A proxy whose gateway and account the test plays, and a client of it. Every name of site.test goes through
/// the gateway.
struct GatewayFixture {
  FakeServer gateway;
  Account account;
  Proxy proxy;
  Peer client;
  std::size_t answered = 0;  // by the account

  explicit GatewayFixture(proxy::Limits limits = short_pauses())
      : proxy({.limits = limits,
               .rules = {"*.site.test"},
               .gateway_port = gateway.port(),
               .request_refresh = account.request()}),
        client(proxy.client()) {}

  Peer asked() {
    Peer peer = gateway.accepts();
    peer.reads_head();
    return peer;
  }
  void opens(Peer& peer) {
    peer.sends("HTTP/1.1 200 OK\r\n\r\n");
    client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  }
  /// The next fetch ends, with this user.
  void account_answers(const std::string& user) {
    const std::size_t times = ++answered;
    wait_until([&] { return account.times() == times; });
    proxy.publish({"*.site.test"}, user);
    proxy.on_loop(account.asked[times - 1]);
  }
};

inline const std::string refusal = "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n";
inline const std::string other_credential = "Proxy-Authorization: Basic b3RoZXI6c2VjcmV0\r\n";
inline const std::string third_credential = "Proxy-Authorization: Basic dGhpcmQ6c2VjcmV0\r\n";

}  // namespace aluvia::test
