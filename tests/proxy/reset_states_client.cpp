// Rows for a connection that waits for its client alone (connection.cpp, connection_socks.cpp).
#include "reset_fixture.hpp"

namespace aluvia::test {
namespace {

ProxySettings with_credentials(const ResetCase& one) {
  ProxySettings settings = directly(one);
  settings.admission.proxy_auth = Secret("agent:sesame");
  return settings;
}

ProxySettings with_a_page(const ResetCase& one) {
  ProxySettings settings = directly(one);
  settings.local_answers = [](const proxy::LocalRequest&, const auto& done) {
    done({"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nup"});
  };
  return settings;
}

ProxySettings with_a_kept_page(const ResetCase& one) {
  ProxySettings settings = directly(one);
  settings.local_answers = [](const proxy::LocalRequest&, const auto& done) {
    done({"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup", true});
  };
  return settings;
}

ProxySettings with_a_slow_page(const ResetCase& one) {
  ProxySettings settings = directly(one);
  settings.local_answers = [](const proxy::LocalRequest&, const auto&) {};
  return settings;
}

void connects(ResetCase& one) {
  one.client = one.proxy->client(4096);
  wait_until([&] { return one.proxy->counters().connections == 1; });
  one.settles();
}

// The client cannot take what it is told.
void is_told_while_crowded(ResetCase& one, const std::string& bytes) {
  connects(one);
  one.client.is_crowded();
  one.asks(bytes);
  one.settles();
}

void keeps_its_connection(ResetCase& one) {
  one.asks(one.request("GET"));
  one.is_asked();
  one.upstream.sends("HTTP/1.1 204 No Content\r\n\r\n");
  one.client.receives("HTTP/1.1 204 No Content\r\n\r\n");
  one.settles();
}

void withholds_an_unwanted_body(ResetCase& one) {
  one.asks(one.request("POST", "Content-Length: 10\r\n") + "half");
  one.client.reads_message();
  one.settles();
}

void does_not_close(ResetCase& one) {
  one.asks("nonsense\r\n\r\n");
  one.client.reads_message();
  one.client.sees_end();
  one.settles();
}

}  // namespace

std::vector<State> client_states() {
  return {
      {"connection.cpp: serve", "a new connection without a request", directly, connects, no_upstream,
       no_upstream},
      {"connection.cpp: serve, upstream_pool.cpp: schedule_sweep",
       "a kept connection between two requests, and the kept one to its origin", directly,
       keeps_its_connection, unharmed, unharmed},
      {"connection.cpp: serve", "half a request head", directly,
       [](ResetCase& one) {
         connects(one);
         one.asks("GET http://exam");
         one.settles();
       },
       no_upstream, no_upstream},
      {"connection.cpp: ask_for_credentials", "a client that does not read that it must send credentials",
       with_credentials, [](ResetCase& one) { is_told_while_crowded(one, one.request("GET")); }, no_upstream,
       no_upstream},
      {"connection.cpp: skip_body", "an unwanted body that does not come", with_credentials,
       withholds_an_unwanted_body, no_upstream, no_upstream},
      {"connection.cpp: answer_and_end", "a client that does not read our own page", with_a_page,
       [](ResetCase& one) { is_told_while_crowded(one, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); }, no_upstream,
       no_upstream},
      {"connection_local.cpp: answer_and_go_on",
       "a client that does not read our own page, which it may ask again", with_a_kept_page,
       [](ResetCase& one) { is_told_while_crowded(one, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); }, no_upstream,
       no_upstream},
      {"connection_local.cpp: ask_itself", "a question to the proxy itself whose answer takes long",
       with_a_slow_page,
       [](ResetCase& one) {
         connects(one);
         one.asks("GET /explain HTTP/1.1\r\nHost: x\r\n\r\n");
         one.settles();
       },
       no_upstream, no_upstream},
      {"connection.cpp: answer_and_end", "a client that does not read why it is refused", directly,
       [](ResetCase& one) { is_told_while_crowded(one, "nonsense\r\n\r\n"); }, no_upstream, no_upstream},
      {"connection_socks.cpp: read_socks", "a SOCKS client that has sent half of its greeting", directly,
       [](ResetCase& one) {
         connects(one);
         one.asks("\x05\x02");
         one.settles();
       },
       no_upstream, no_upstream},
      {"connection_socks.cpp: could_send", "a SOCKS client that does not read which method is chosen",
       directly,
       [](ResetCase& one) {
         is_told_while_crowded(one, {"\x05\x01\x00", 3});
       },
       no_upstream, no_upstream},
      {"connection.cpp: linger", "a client that has its answer and does not close", directly, does_not_close,
       no_upstream, no_upstream},
      {"proxy_server.cpp: stop", "an exchange in the grace time of a stop", directly,
       [](ResetCase& one) {
         one.asks(one.request("GET"));
         one.is_asked();
         one.proxy->stop(std::chrono::seconds(60));
         one.settles();
       },
       "connection_terminated", "connection_terminated"},
  };
}

}  // namespace aluvia::test
