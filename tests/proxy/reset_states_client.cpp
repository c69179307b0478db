// Where a connection waits for its client alone (connection.cpp), and how it comes there.
#include "reset_fixture.hpp"

namespace aluvia::test {
namespace {

Setup with_credentials(const Room& room) {
  Setup setup = directly(room);
  setup.admission.proxy_auth = Secret("agent:sesame");
  return setup;
}

Setup with_a_page(const Room& room) {
  Setup setup = directly(room);
  setup.local_answers = [](const http::RequestHead&, const http::Target&) {
    return std::string("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nup");
  };
  return setup;
}

void connects(Room& room) {
  room.client = room.proxy->client(4096);
  wait_until([&] { return room.proxy->counters().connections == 1; });
  room.settles();
}

// The client cannot take what it is told.
void is_told_while_crowded(Room& room, const std::string& bytes) {
  connects(room);
  room.client.is_crowded();
  room.asks(bytes);
  room.settles();
}

void keeps_its_connection(Room& room) {
  room.asks(room.request("GET"));
  room.is_asked();
  room.upstream.sends("HTTP/1.1 204 No Content\r\n\r\n");
  room.client.receives("HTTP/1.1 204 No Content\r\n\r\n");
  room.settles();
}

void withholds_an_unwanted_body(Room& room) {
  room.asks(room.request("POST", "Content-Length: 10\r\n") + "half");
  room.client.reads_message();
  room.settles();
}

void does_not_close(Room& room) {
  room.asks("nonsense\r\n\r\n");
  room.client.reads_message();
  room.client.sees_end();
  room.settles();
}

}  // namespace

std::vector<State> client_states() {
  return {
      {"connection.cpp: some_bytes", "a new connection without a request", directly, connects, nobody,
       nobody},
      {"connection.cpp: some_bytes, upstream_pool.cpp: schedule_sweep",
       "a kept connection between two requests, and the kept one to its origin", directly,
       keeps_its_connection, unharmed, unharmed},
      {"connection_head.cpp: read_request_head", "half a request head", directly,
       [](Room& room) {
         connects(room);
         room.asks("GET http://exam");
         room.settles();
       },
       nobody, nobody},
      {"connection.cpp: ask_for_credentials", "a client that does not read that it must send credentials",
       with_credentials, [](Room& room) { is_told_while_crowded(room, room.request("GET")); }, nobody,
       nobody},
      {"connection.cpp: skip_body", "a body that nobody wants and that does not come", with_credentials,
       withholds_an_unwanted_body, nobody, nobody},
      {"connection.cpp: answer_and_end", "a client that does not read our own page", with_a_page,
       [](Room& room) { is_told_while_crowded(room, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); }, nobody, nobody},
      {"connection.cpp: answer_and_end", "a client that does not read why it is refused", directly,
       [](Room& room) { is_told_while_crowded(room, "nonsense\r\n\r\n"); }, nobody, nobody},
      {"connection.cpp: linger", "a client that has its answer and does not close", directly, does_not_close,
       nobody, nobody},
      {"proxy_server.cpp: stop", "an exchange in the grace time of a stop", directly,
       [](Room& room) {
         room.asks(room.request("GET"));
         room.is_asked();
         room.proxy->stop(std::chrono::seconds(60));
         room.settles();
       },
       "connection_terminated", "connection_terminated"},
  };
}

}  // namespace aluvia::test
