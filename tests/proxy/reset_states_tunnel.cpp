// Rows for a tunnel, from the proxy's 200 on (connection.cpp, tunnel_table.cpp).
#include "reset_fixture.hpp"

namespace aluvia::test {
namespace {

const std::string_view in_tunnel = "tunnel_table.cpp: start, tunnel_table.cpp: open";

ProxySettings with_long_drain(const ResetCase& one) {
  ProxySettings settings = through_gateway(one);
  settings.limits.drain = settings.limits.drain_quiet = std::chrono::seconds(60);
  return settings;
}

ProxySettings with_short_half(const ResetCase& one) {
  ProxySettings settings = directly(one);
  settings.limits.half_closed = std::chrono::seconds(1);
  return settings;
}

std::string connect_to_stage(const ResetCase& one) {
  return "CONNECT " + one.authority() + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

void opens(ResetCase& one) {
  one.asks(connect_to_stage(one));
  one.upstream = one.fake_server.accepts();
  one.client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  one.settles();
}

void opens_through_gateway(ResetCase& one) {
  one.asks(connect_site);
  one.is_asked();
  one.upstream.sends("HTTP/1.1 200 OK\r\n\r\n");
  one.client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  one.settles();
}

}  // namespace

std::vector<State> tunnel_states() {
  return {
      {"connection.cpp: send_established", "our 200 that the client does not read", directly,
       [](ResetCase& one) {
         one.client = one.proxy->client(4096);
         wait_until([&] { return one.proxy->counters().connections == 1; });
         one.client.is_crowded();
         one.asks(connect_to_stage(one));
         one.upstream = one.fake_server.accepts();
         one.settles();
         CHECK(one.proxy->counters().of(rules::Route::direct).tunnels == 0);
       },
       cut, ended},
      {in_tunnel, "a quiet tunnel", directly, opens, cut, ended},
      {in_tunnel, "a quiet tunnel through the gateway", through_gateway, opens_through_gateway, cut, ended},
      {in_tunnel, "a tunnel whose client does not read", directly,
       [](ResetCase& one) {
         opens(one);
         one.stuffs(one.upstream);
       },
       cut, ended},
      // Unread bytes turn every close into a reset.
      {in_tunnel, "a tunnel whose origin does not read", directly,
       [](ResetCase& one) {
         opens(one);
         one.stuffs(one.client);
       },
       cut, cut},
      {in_tunnel, "a tunnel whose client has ended its side", with_short_half,
       [](ResetCase& one) {
         opens(one);
         one.client.ends_sending();
         one.upstream.sees_end();
       },
       cut, ended},
      {in_tunnel, "a tunnel that a new configuration has told to end", with_long_drain,
       [](ResetCase& one) {
         opens_through_gateway(one);
         one.proxy->publish({});
         one.settles();
       },
       cut, ended},
  };
}

}  // namespace aluvia::test
