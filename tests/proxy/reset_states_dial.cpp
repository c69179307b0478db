// Rows for a dial (dialer.cpp, upstream_connector.cpp, early_hello.cpp,
// warm_pool.cpp, credential_refresh.cpp). The proxy asks
// once a second if the client is still connected.
#include "reset_fixture.hpp"

namespace aluvia::test {
namespace {

ProxySettings with_name_server(const ResetCase& one) {
  ProxySettings settings = directly(one);
  settings.dns_server = one.shared.sandbox.dns();
  return settings;
}

ProxySettings through_unknown_gateway(const ResetCase& one) {
  ProxySettings settings = through_gateway(one);
  settings.dns_server = one.shared.sandbox.dns();
  settings.gateway_host = "silent.test";
  return settings;
}

ProxySettings through_deaf_gateway(const ResetCase& one) {
  ProxySettings settings = through_gateway(one);
  settings.gateway_port = one.shared.full.port();
  settings.gateway_warm = 1;
  return settings;
}

ProxySettings through_tls_gateway(const ResetCase& one) {
  ProxySettings settings = through_gateway(one);
  settings.gateway_ca = one.shared.sandbox.ca_file().string();
  return settings;
}

ProxySettings with_silent_account(const ResetCase& one) {
  ProxySettings settings = through_gateway(one);
  settings.request_refresh = [](const std::function<void()>&) {};
  return settings;
}

ProxySettings with_warm_connection(const ResetCase& one) {
  ProxySettings settings = through_gateway(one);
  settings.gateway_warm = 1;
  settings.limits.gateway_warm_life = std::chrono::seconds(2);  // it must not end before it is needed
  return settings;
}

ProxySettings with_early_answers(const ResetCase& one) {
  ProxySettings settings = through_gateway(one);
  settings.early_connect = proxy::EarlyConnectMode::always;
  return settings;
}

// The header of a ClientHello of 100 bytes, of which `count` are sent.
void begins_early(ResetCase& one, std::size_t count) {
  one.asks(connect_site);
  one.client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  one.is_asked();
  const std::string header("\x16\x03\x01\x00\x5f\x01\x00\x00\x5b", 9);
  one.client.sends((header + std::string(91, 'h')).substr(0, count));
  one.settles();
}

void asks_for_tunnel(ResetCase& one) {
  one.asks(connect_site);
  one.settles();
}

void is_refused(ResetCase& one, const std::string& request, const std::string& status) {
  one.asks(request);
  Peer gateway = one.fake_server.accepts();
  gateway.reads_head();
  gateway.sends("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");
  gateway.read_to_end();  // done with
  one.settles();
}

void begins_tls(ResetCase& one) {
  one.asks(connect_site);
  one.upstream = one.fake_server.accepts();
  const std::string record = one.upstream.reads(5);
  one.upstream.reads(static_cast<unsigned char>(record[3]) * 256U + static_cast<unsigned char>(record[4]));
  one.settles();
}

// The tunnel's connection is another; the warm one is the upstream that dies.
void has_warm_connection(ResetCase& one) {
  one.asks(connect_site);
  Peer first = one.fake_server.accepts();
  Peer second = one.fake_server.accepts();
  wait_until([&] { return !first.has_nothing_to_read() || !second.has_nothing_to_read(); });
  const bool first_is_asked = !first.has_nothing_to_read();
  Peer& asked = first_is_asked ? first : second;
  asked.reads_head();
  asked.sends("HTTP/1.1 200 OK\r\n\r\n");
  one.client.reads_head();
  one.upstream = std::move(first_is_asked ? second : first);
  one.others.push_back(std::move(asked));
  one.settles();
}

// The first tunnel has no answer, a second one was spare, and the third waits for its client to leave.
void is_held(ResetCase& one) {
  one.asks(connect_site);
  one.is_asked();
  one.others.push_back(std::move(one.client));
  one.others.push_back(std::move(one.upstream));
  {
    const auto hold = one.proxy->hold();
    Peer spare = one.proxy->client();
    spare.sends(connect_site);
    spare.closes();
  }
  one.fake_server.accepts().read_to_end();
  one.client = one.proxy->client();
  one.asks(connect_site);
  one.settles();
}

// The next CONNECT blocks on a warm connection that takes nothing.
void has_crowded_gateway(ResetCase& one) {
  has_warm_connection(one);
  one.upstream.is_crowded();
  one.others.push_back(std::move(one.client));
  one.client = one.proxy->client();
  one.asks(connect_site);
  one.settles();
}

}  // namespace

std::vector<State> dial_states() {
  return {
      {"upstream_connector.cpp: to_origin, upstream_connector.cpp: origin_addresses",
       "a look-up without a reply", with_name_server,
       [](ResetCase& one) {
         one.asks("CONNECT silent.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
         one.settles();
       },
       no_upstream, no_upstream},
      {"upstream_connector.cpp: to_origin", "an origin that accepts no connection", directly,
       [](ResetCase& one) {
         const std::string port = std::to_string(one.shared.full.port());
         one.asks("GET http://127.0.0.1:" + port + "/ HTTP/1.1\r\nHost: x\r\n\r\n");
         one.settles();
       },
       no_upstream, no_upstream},
      {"upstream_connector.cpp: to_gateway, upstream_connector.cpp: look_up",
       "a look-up of the gateway without a reply", through_unknown_gateway, asks_for_tunnel, no_upstream,
       no_upstream},
      {"upstream_connector.cpp: to_gateway",
       "a gateway that accepts no connection, and a warm connection to it", through_deaf_gateway,
       asks_for_tunnel, no_upstream, no_upstream},
      {"upstream_connector.cpp: to_gateway", "half a TLS handshake", through_tls_gateway, begins_tls,
       "connection_terminated", "tls_protocol_error"},
      {"dialer.cpp: shake_hands",
       "a warm gateway that does not read its CONNECT: another one is asked in vain", with_warm_connection,
       has_crowded_gateway, "http_response_timeout", "http_response_timeout"},
      {"dialer.cpp: shake_hands", "a CONNECT without an answer", through_gateway,
       [](ResetCase& one) {
         one.asks(connect_site);
         one.is_asked();
       },
       "connection_terminated", "connection_terminated"},
      {"client_watch.cpp: leaves_silently", "a second tunnel that waits for the first", through_gateway,
       is_held, no_upstream, no_upstream},
      {"dialer.cpp: shake_hands", "half an answer to CONNECT", through_gateway,
       [](ResetCase& one) {
         one.asks(connect_site);
         one.is_asked();
         one.upstream.sends("HTTP/1.1 200 O");
         one.settles();
       },
       "connection_terminated", "connection_terminated"},
      {"dialer.cpp: shake_hands, early_hello.cpp: await_client",
       "half a ClientHello of a client that was answered early", with_early_answers,
       [](ResetCase& one) { begins_early(one, 50); }, cut, cut},
      {"dialer.cpp: is_carried", "an early ClientHello without an answer behind the 2xx", with_early_answers,
       [](ResetCase& one) {
         begins_early(one, 100);
         one.upstream.reads(100);
         one.upstream.sends("HTTP/1.1 200 OK\r\n\r\n");
         one.settles();
       },
       cut, cut},
      {"dialer.cpp: prepare_another", "the pause before a CONNECT is tried again", through_gateway_again,
       [](ResetCase& one) { is_refused(one, connect_site, "503 Busy"); }, no_upstream, no_upstream},
      {"credential_refresh.cpp: renew", "a CONNECT that waits for other credentials", with_silent_account,
       [](ResetCase& one) { is_refused(one, connect_site, "407 No"); }, no_upstream, no_upstream},
      {"credential_refresh.cpp: renew", "a plain request that waits for other credentials",
       with_silent_account,
       [](ResetCase& one) {
         one.asks(get_site);
         one.is_asked();
         one.upstream.sends("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
         one.settles();
       },
       "proxy_configuration_error", "proxy_configuration_error"},
      {"credential_refresh.cpp: renew", "half a body that waits for other credentials", with_silent_account,
       [](ResetCase& one) {
         one.asks("POST http://a.site.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf");
         one.is_asked();
         one.upstream.receives("half");
         one.upstream.sends("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
         one.settles();
       },
       "proxy_configuration_error", "proxy_configuration_error"},
      {"warm_pool.cpp: watch", "a warm connection that waits for a tunnel", with_warm_connection,
       has_warm_connection, unharmed, unharmed},
  };
}

}  // namespace aluvia::test
