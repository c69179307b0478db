// Where a plain request waits (exchange.cpp, upload.cpp), and how it comes there.
#include "reset_fixture.hpp"

namespace aluvia::test {
namespace {

void gets(Room& room, const std::string& answer = {}) {
  room.asks(room.request("GET"));
  room.is_asked();
  room.upstream.sends(answer);
  room.settles();
}

// The answer cannot be passed on: the client does not read.
void gets_while_crowded(Room& room, const std::string& answer, const std::string& fields = {}) {
  room.asks(room.request("GET", fields));
  room.is_asked();
  room.client.is_crowded();
  room.upstream.sends(answer);
  room.settles();
}

// Before the origin has the whole request.
void is_answered_first(Room& room) {
  room.upstream.sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  room.client.receives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  room.settles();
}

}  // namespace

std::vector<State> exchange_states() {
  return {
      {"response_retry.cpp: pause", "the pause before a plain request is sent again", through_gateway_again,
       [](Room& room) {
         room.asks(get_site);
         Peer gateway = room.stage.accepts();
         gateway.reads_head();
         gateway.sends("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
         room.settles();
         room.others.push_back(std::move(gateway));
       },
       nobody, nobody},
      {"exchange.cpp: await_response", "a request without an answer", directly,
       [](Room& room) { gets(room); }, "connection_terminated", "connection_terminated"},
      {"exchange.cpp: await_response", "half the head of an answer", directly,
       [](Room& room) { gets(room, "HTTP/1.1 200 OK\r\nX: "); }, "http_response_incomplete",
       "http_response_incomplete"},
      {"upload.cpp: begin", "half a body, whose rest does not come", directly,
       [](Room& room) {
         room.asks(room.request("POST", "Transfer-Encoding: chunked\r\n") + "9\r\nhalf");
         room.is_asked();
         room.upstream.receives("9\r\nhalf");
       },
       "connection_terminated", "connection_terminated"},
      {"upload.cpp: begin", "a body that the origin does not read", directly,
       [](Room& room) {
         room.asks(room.request("POST", "Content-Length: 100000000\r\n"));
         room.is_asked();
         room.stuffs(room.client);
       },
       "connection_terminated", "connection_terminated"},
      {"exchange.cpp: pass_interim", "an interim answer that the client does not read", directly,
       [](Room& room) { gets_while_crowded(room, "HTTP/1.1 103 Early\r\n\r\n"); }, "connection_terminated",
       "connection_terminated"},
      {"exchange.cpp: send_response_head", "an answer's head that the client does not read", directly,
       [](Room& room) { gets_while_crowded(room, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"); }, cut,
       cut},
      {"exchange.cpp: pump_response_body", "half a body of an answer", directly,
       [](Room& room) {
         gets(room, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
         room.client.reads_head();
         room.client.receives("half");
       },
       cut, cut},
      {"exchange.cpp: pump_response_body", "a chunk that does not end", directly,
       [](Room& room) {
         gets(room, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf");
         room.client.reads_head();
         room.client.receives("9\r\nhalf");
       },
       cut, cut},
      {"exchange.cpp: pump_response_body", "an answer that the client does not read", directly,
       [](Room& room) {
         gets(room, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
         room.client.reads_head();
         room.stuffs(room.upstream);
       },
       cut, cut},
      {"exchange.cpp: pump_response_body, upload.cpp: begin", "an answer and a body at the same time",
       directly,
       [](Room& room) {
         room.asks(room.request("POST", "Content-Length: 9\r\n") + "half");
         room.is_asked();
         room.upstream.receives("half");
         room.upstream.sends("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
         room.client.reads_head();
         room.client.receives("half");
       },
       cut, cut},
      {"upload.cpp: wait_for_end", "half a body behind its answer", directly,
       [](Room& room) {
         room.asks(room.request("POST", "Content-Length: 9\r\n") + "half");
         room.is_asked();
         room.upstream.receives("half");
         is_answered_first(room);
       },
       ended, unharmed},  // a server that has closed its side may still read
      {"upload.cpp: wait_for_end", "a body behind its answer that the origin does not read", directly,
       [](Room& room) {
         room.asks(room.request("POST", "Content-Length: 100000000\r\n"));
         room.is_asked();
         is_answered_first(room);
         room.stuffs(room.client);
       },
       ended, ended},
      {"exchange.cpp: become_tunnel", "a switch of protocols that the client does not read", directly,
       [](Room& room) {
         const std::string fields = "Connection: Upgrade\r\nUpgrade: chat\r\n";
         gets_while_crowded(room, "HTTP/1.1 101 Switching Protocols\r\n" + fields + "\r\n", fields);
       },
       cut, ended},
  };
}

}  // namespace aluvia::test
