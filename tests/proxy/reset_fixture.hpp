// A ResetCase is a proxy in one of its waits, with the peers that may die there: for reset_test, which
// kills each of them in each state of the tables (reset_states_*.cpp).
#pragma once

#include "proxy_fixture.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::test {

/// Peers that the cases share: name servers, TLS, and an address that accepts no connection.
struct SharedPeers {
  SandboxFixture sandbox;
  FullServer full;
};

struct ResetCase;

/// Signs that a client sees of its upstream's death; any other text is the error that the proxy's response
/// names.
inline constexpr std::string_view no_upstream = "";      ///< there is no upstream that could die
inline constexpr std::string_view unharmed = "nothing";  ///< nothing comes, and the connection stays
inline constexpr std::string_view cut = "a reset";       ///< after whatever came before
inline constexpr std::string_view ended = "the end";     ///< orderly, where that is the truth

struct State {
  std::string_view waits_in;  ///< "file: function" of lib/proxy, separated by commas
  std::string_view what;
  ProxySettings (*settings)(const ResetCase&);
  void (*enter)(ResetCase&);
  std::string_view after_reset;  ///< what the client sees when its upstream is reset …
  std::string_view after_end;    ///< … and when it ends orderly
};

std::vector<State> client_states();
std::vector<State> dial_states();
std::vector<State> exchange_states();
std::vector<State> tunnel_states();
std::vector<State> all_states();

struct ResetCase {
  ResetCase(const SharedPeers& shared, const State& row);

  std::string authority() const { return fake_server.authority(); }
  /// `method` with the origin as its absolute-form target, and the blank line behind `fields`.
  std::string request(const std::string& method, const std::string& fields = {}) const;
  /// A client connects and sends.
  void asks(const std::string& bytes);
  /// The origin or gateway is connected to and has read a head.
  void is_asked();
  /// Sends until no buffer on the way takes more.
  void stuffs(Peer& sender);
  /// The loop has seen what was sent so far.
  void settles();

  const SharedPeers& shared;
  const State& state;
  FakeServer fake_server;  ///< the origin, or the gateway
  std::optional<Proxy> proxy;
  Peer client{-1};
  Peer upstream{-1};
  std::vector<Peer> others;  ///< kept open as long as the case
};

/// Limits under which everything that is bounded ends while a test can wait for it.
proxy::Limits short_limits();
/// Everything goes direct.
ProxySettings directly(const ResetCase& one);
/// Every name of site.test goes through the gateway that the case's server is.
ProxySettings through_gateway(const ResetCase& one);
/// Likewise, and what passes is tried again.
ProxySettings through_gateway_again(const ResetCase& one);

inline const std::string connect_site = "CONNECT a.site.test:443 HTTP/1.1\r\nHost: a.site.test\r\n\r\n";
inline const std::string get_site = "GET http://a.site.test/ HTTP/1.1\r\nHost: a.site.test\r\n\r\n";

}  // namespace aluvia::test
