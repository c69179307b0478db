// Where a dial waits (dialer, outbound, gateway_pool, refresher), and how it comes there. Whether the client
// is still there is looked at once a second.
#include "reset_fixture.hpp"

namespace aluvia::test {
namespace {

Setup with_name_server(const Room& room) {
  Setup setup = directly(room);
  setup.dns_server = room.place.town.dns();
  return setup;
}

Setup through_unknown_gateway(const Room& room) {
  Setup setup = through_gateway(room);
  setup.dns_server = room.place.town.dns();
  setup.gateway_host = "silent.test";
  return setup;
}

Setup through_deaf_gateway(const Room& room) {
  Setup setup = through_gateway(room);
  setup.gateway_port = room.place.full.port();
  setup.gateway_warm = 1;
  return setup;
}

Setup through_tls_gateway(const Room& room) {
  Setup setup = through_gateway(room);
  setup.gateway_ca = room.place.town.ca_file().string();
  return setup;
}

Setup with_silent_account(const Room& room) {
  Setup setup = through_gateway(room);
  setup.request_refresh = [](const std::function<void()>&) {};
  return setup;
}

Setup with_warm_connection(const Room& room) {
  Setup setup = through_gateway(room);
  setup.gateway_warm = 1;
  return setup;
}

void asks_for_tunnel(Room& room) {
  room.asks(connect_site);
  room.settles();
}

void is_refused(Room& room, const std::string& request, const std::string& status) {
  room.asks(request);
  Peer gateway = room.stage.accepts();
  gateway.reads_head();
  gateway.sends("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");
  gateway.read_to_end();  // done with
  room.settles();
}

void begins_tls(Room& room) {
  room.asks(connect_site);
  room.upstream = room.stage.accepts();
  const std::string record = room.upstream.reads(5);
  room.upstream.reads(static_cast<unsigned char>(record[3]) * 256U + static_cast<unsigned char>(record[4]));
  room.settles();
}

// The tunnel's connection is one of the scene; the warm one is the upstream that dies.
void has_warm_connection(Room& room) {
  room.asks(connect_site);
  Peer one = room.stage.accepts();
  Peer two = room.stage.accepts();
  wait_until([&] { return !one.has_nothing_to_read() || !two.has_nothing_to_read(); });
  const bool first_is_asked = !one.has_nothing_to_read();
  Peer& asked = first_is_asked ? one : two;
  asked.reads_head();
  asked.sends("HTTP/1.1 200 OK\r\n\r\n");
  room.client.reads_head();
  room.upstream = std::move(first_is_asked ? two : one);
  room.others.push_back(std::move(asked));
  room.settles();
}

// The next CONNECT blocks on a warm connection that takes nothing.
void has_crowded_gateway(Room& room) {
  has_warm_connection(room);
  room.upstream.is_crowded();
  room.others.push_back(std::move(room.client));
  room.client = room.proxy->client();
  room.asks(connect_site);
  room.settles();
}

}  // namespace

std::vector<State> dial_states() {
  return {
      {"upstream_connector.cpp: origin_addresses", "a look-up that nobody answers", with_name_server,
       [](Room& room) {
         room.asks("CONNECT silent.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
         room.settles();
       },
       nobody, nobody},
      {"upstream_connector.cpp: connect", "an origin that lets nobody in", directly,
       [](Room& room) {
         const std::string port = std::to_string(room.place.full.port());
         room.asks("GET http://127.0.0.1:" + port + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
         room.settles();
       },
       nobody, nobody},
      {"upstream_connector.cpp: to_gateway, upstream_connector.cpp: look_up",
       "a look-up of the gateway that nobody answers", through_unknown_gateway, asks_for_tunnel, nobody,
       nobody},
      {"upstream_connector.cpp: connect", "a gateway that lets nobody in, and a warm connection to it",
       through_deaf_gateway, asks_for_tunnel, nobody, nobody},
      {"upstream_connector.cpp: to_gateway", "half a TLS handshake", through_tls_gateway, begins_tls,
       "connection_terminated", "tls_protocol_error"},
      {"dialer.cpp: shake_hands",
       "a warm gateway that does not read its CONNECT: another one is asked in vain", with_warm_connection,
       has_crowded_gateway, "http_response_timeout", "http_response_timeout"},
      {"dialer.cpp: shake_hands", "a CONNECT without an answer", through_gateway,
       [](Room& room) {
         room.asks(connect_site);
         room.is_asked();
       },
       "connection_terminated", "connection_terminated"},
      {"dialer.cpp: shake_hands", "half an answer to CONNECT", through_gateway,
       [](Room& room) {
         room.asks(connect_site);
         room.is_asked();
         room.upstream.sends("HTTP/1.1 200 O");
         room.settles();
       },
       "connection_terminated", "connection_terminated"},
      {"dialer.cpp: prepare_another", "the pause before a CONNECT is tried again", through_gateway_again,
       [](Room& room) { is_refused(room, connect_site, "503 Busy"); }, nobody, nobody},
      {"credential_refresh.cpp: renew", "a CONNECT that waits for other credentials", with_silent_account,
       [](Room& room) { is_refused(room, connect_site, "407 No"); }, nobody, nobody},
      {"credential_refresh.cpp: renew", "a plain request that waits for other credentials",
       with_silent_account,
       [](Room& room) {
         room.asks(get_site);
         room.is_asked();
         room.upstream.sends("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
         room.settles();
       },
       "proxy_configuration_error", "proxy_configuration_error"},
      {"credential_refresh.cpp: renew", "half a body that waits for other credentials", with_silent_account,
       [](Room& room) {
         room.asks("POST http://a.site.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf");
         room.is_asked();
         room.upstream.receives("half");
         room.upstream.sends("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
         room.settles();
       },
       "proxy_configuration_error", "proxy_configuration_error"},
      {"warm_pool.cpp: watch", "a warm connection that waits for a tunnel", with_warm_connection,
       has_warm_connection, unharmed, unharmed},
  };
}

}  // namespace aluvia::test
